/** Opening the dashboard to who is shut out by its allow list, by two people: /api/break-glass, /api/account/break-glass. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import {
  approveBreakGlass,
  approveBreakGlassHere,
  askBreakGlass,
  noteRefused,
} from '../../core/people/break-glass.ts'
import { Refusal } from '../../lib/refusal.ts'
import { demandBrowser } from '../browser.ts'
import { clientOf } from '../client-of.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, Instant, NoContent } from '../schemas.ts'
import { sessionOf } from '../session.ts'
import {
  BrowserKey,
  Code,
  factorProof,
  PasskeyAnswer,
  RecoveryAnswer,
  TotpAnswer,
} from '../sign-in.ts'
import { Email } from './links.ts'

const Password = Type.String({ minLength: 1, maxLength: 1024, description: 'their password' })
const RequestCode = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'the eight characters that who asked was shown, such as 7KQ2-M0XV',
})

const AskBody = Type.Object(
  {
    email: Email,
    password: Password,
    recovery_code: Code,
    account_id: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'the account to open; else the first that has an allow list',
      }),
    ),
    browser_key: BrowserKey,
  },
  closed,
)

const Asked = Type.Object(
  {
    code: Type.String({ description: 'for another owner or admin of the account to type' }),
    expires_at: Instant('until when it can be approved'),
  },
  { ...closed, description: 'It waits for a second person. The recovery code is spent.' },
)

const ApproveBody = Type.Object(
  {
    email: Email,
    password: Password,
    factor: Type.Union([TotpAnswer, RecoveryAnswer, PasskeyAnswer]),
    code: RequestCode,
    browser_key: BrowserKey,
  },
  closed,
)

export const breakGlassRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(outsideRoutes, deps)
  app.route({
    method: 'POST',
    url: '/account/break-glass',
    config: { scope: 'account:write' },
    schema: {
      operationId: 'approveBreakGlassHere',
      summary: 'Opens the dashboard to every network for somebody who is shut out.',
      description: 'For owners and admins other than who asked. Takes a fresh factor.',
      body: Type.Object({ code: RequestCode }, closed),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await approveBreakGlassHere(deps.people, sessionOf(request), request.body.code)
      return reply.code(204).send(null)
    },
  })
}

/** For who is not let in. */
const outsideRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/break-glass',
    config: { scope: 'none' },
    schema: {
      operationId: 'askBreakGlass',
      summary: 'Asks another owner or admin to open the dashboard to every network.',
      description:
        'For owners and admins who are shut out by the allow list of the dashboard. What is wrong is not told.',
      body: AskBody,
      response: { 200: Asked },
    },
    handler: async (request) => {
      const { email, password, recovery_code: code, account_id: accountId } = request.body
      const browserKey = demandedBrowser(request, deps, request.body.browser_key)
      const asked = await askBreakGlass(deps.people, {
        ...{ email, password, code, browserKey },
        ...(accountId === undefined ? {} : { accountId }),
      }).catch(refusedTo(deps, request, email))
      return { code: asked.code, expires_at: new Date(asked.expiresAt).toISOString() }
    },
  })

  app.route({
    method: 'POST',
    url: '/break-glass/approval',
    config: { scope: 'none' },
    schema: {
      operationId: 'approveBreakGlass',
      summary: 'Opens the dashboard to every network, by a second person who is shut out as well.',
      description: 'The first one cannot approve it. What is wrong is not told.',
      body: ApproveBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { email, password, factor, code } = request.body
      const browserKey = demandedBrowser(request, deps, request.body.browser_key)
      const shown = factorProof(deps, request, factor)
      await approveBreakGlass(deps.people, {
        ...{ email, password, code, browserKey },
        factor: shown,
      }).catch(refusedTo(deps, request, email))
      return reply.code(204).send(null)
    },
  })
}

function demandedBrowser(request: FastifyRequest, deps: ConsoleDeps, publicKey: string): string {
  demandBrowser(request, { publicKey, ...deps })
  return publicKey
}

/** The account sees the attempt; the answer does not wait for that, so it takes as long for nobody. */
function refusedTo(deps: ConsoleDeps, request: FastifyRequest, email: string) {
  return (error: unknown): never => {
    if (error instanceof Refusal && error.code === 'invalid_key') {
      noteRefused(deps.people, { email, client: clientOf(request) }).catch((failure: unknown) =>
        deps.log.error(
          { requestId: request.id, error: failure },
          'a refused attempt could not be written',
        ),
      )
    }
    throw error
  }
}
