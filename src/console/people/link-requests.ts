/**
 * Asking for a link by mail: /api/password-resets, /api/sign-ups. The answer is the same, and as quick, whether there is
 * such a person or not; all that depends on it happens afterwards.
 */
import { Type } from 'typebox'
import { requestLink } from '../../core/people/links.ts'
import { checkAddress } from '../../core/people/names.ts'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ConsoleDeps } from '../deps.ts'
import { closed, orNull } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { Email } from './links.ts'
import { refuseWherePasswordsEnd } from './single-sign-on.ts'

const windowMs = 15 * 60_000
const clientRequestsMax = 20
const addressRequestsMax = 5

const EmailBody = Type.Object({ email: Email }, closed)
const Asked = Type.Null({
  description: 'If the address is one that such mail goes to, it is on its way.',
})

const SignInOptions = Type.Object(
  {
    sign_up: Type.Enum(['invitation', 'open'], { description: 'who may make an account' }),
    mail: Type.Boolean({ description: 'whether links can be sent by mail' }),
    single_sign_on: orNull(
      Type.Object(
        {
          name: Type.String({ description: 'what the button calls it' }),
          required: Type.Boolean({ description: 'whether there is no other way in' }),
        },
        closed,
      ),
      'the provider of single sign-on, where there is one',
    ),
  },
  { ...closed, description: 'What the page to sign in offers.' },
)

export const linkRequestRoutes: ConsoleRoutes = async (app, deps) => {
  const rate = new RateLimit(deps.clock, windowMs)

  app.route({
    method: 'GET',
    url: '/sign-in-options',
    config: { scope: 'none' },
    schema: {
      operationId: 'getSignInOptions',
      summary: 'What the page to sign in offers.',
      response: { 200: SignInOptions },
    },
    handler: async () => {
      const { name, required } = deps.singleSignOn?.offer ?? {}
      return {
        sign_up: deps.signUp,
        mail: deps.mail.isReady,
        single_sign_on: name === undefined ? null : { name, required: required === true },
      }
    },
  })

  app.route({
    method: 'POST',
    url: '/password-resets',
    config: { scope: 'none' },
    schema: {
      operationId: 'requestPasswordReset',
      summary: 'Asks for a link to choose a new password.',
      description: 'It works once, for 20 minutes. The answer never tells whether it was sent.',
      body: EmailBody,
      response: { 202: Asked },
    },
    handler: async ({ ip, id, body }, reply) => {
      const asked = { purpose: 'reset_password', email: body.email, ip, requestId: id } as const
      askForLink(deps, rate, asked)
      return reply.code(202).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/sign-ups',
    config: { scope: 'none' },
    schema: {
      operationId: 'requestSignUp',
      summary: 'Asks for a link to make an account.',
      description: 'It works once, for 24 hours. The answer never tells whether it was sent.',
      body: EmailBody,
      response: { 202: Asked },
    },
    handler: async ({ ip, id, body }, reply) => {
      if (deps.signUp !== 'open') {
        throw new Refusal(
          'not_permitted',
          'Accounts are made by invitation here. Ask an owner of an account for one.',
        )
      }
      const asked = { purpose: 'sign_up', email: body.email, ip, requestId: id } as const
      askForLink(deps, rate, asked)
      return reply.code(202).send(null)
    },
  })
}

interface AskedLink {
  purpose: 'reset_password' | 'sign_up'
  email: string
  ip: string
  requestId: string
}

function askForLink(deps: ConsoleDeps, rate: RateLimit, asked: AskedLink): void {
  refuseWherePasswordsEnd(deps)
  const address = checkAddress(asked.email)
  if (!deps.mail.isReady) {
    throw new Refusal(
      'unavailable',
      'This installation cannot send mail of its own yet. Ask its operator.',
    )
  }
  limit(rate, `client ${asked.ip}`, clientRequestsMax)
  limit(rate, `address ${asked.ip} ${address.toLowerCase()}`, addressRequestsMax)
  sendLink(deps, asked).catch((error: unknown) => {
    // Vault counts requests for an address from everywhere; too many of them is no fault of ours.
    if (error instanceof Refusal && error.code === 'rate_limited') return
    deps.log.error({ requestId: asked.requestId, error }, 'a link could not be sent')
  })
}

async function sendLink(deps: ConsoleDeps, { purpose, email }: AskedLink): Promise<void> {
  const made = await requestLink(deps.people, purpose, email)
  if (made) await deps.mail.sendLink({ kind: purpose, ...made })
}

function limit(rate: RateLimit, caller: string, max: number): void {
  if (rate.take(caller, max).allowed) return
  throw new Refusal('rate_limited', 'Too many links were asked for. Wait a quarter of an hour.', {
    retryAfterSeconds: windowMs / 1000,
  })
}
