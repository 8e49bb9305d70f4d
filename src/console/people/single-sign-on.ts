/** Coming in by single sign-on: /api/single-sign-on, and by it through a link or to an account of one's own. */
import { Type } from 'typebox'
import { becomeProved } from '../../core/people/identities.ts'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import { originOf } from '../address.ts'
import { demandBrowser } from '../browser.ts'
import type { ConsoleDeps } from '../deps.ts'
import { closed } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { BrowserKey, SingleSignOnId } from '../sign-in.ts'
import { AccountAnswer, TokenParams } from './links.ts'

const windowMs = 15 * 60_000
/** A whole office may stand behind one address. */
const clientBeginningsMax = 300

const BeginBody = Type.Object(
  {
    browser_key: BrowserKey,
    again: Type.Optional(
      Type.Boolean({ description: 'true: the provider shall ask anew who it is' }),
    ),
  },
  closed,
)
const Begun = Type.Object(
  { location: Type.String({ description: 'where the browser goes on to, at the provider' }) },
  { ...closed, description: 'The way to the provider. It must come back within ten minutes.' },
)

const ReturnBody = Type.Object(
  {
    browser_key: BrowserKey,
    state: Type.String({ minLength: 1, maxLength: 128, description: '`state` as it came back' }),
    code: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4096, description: '`code` as it came back' }),
    ),
    iss: Type.Optional(
      Type.String({ maxLength: 2048, description: '`iss` as it came back, if it did' }),
    ),
    error: Type.Optional(
      Type.String({ maxLength: 200, description: '`error` as it came back, where no code did' }),
    ),
  },
  closed,
)
const Returned = Type.Object(
  { single_sign_on: Type.String({ format: 'uuid', description: 'by which to sign in' }) },
  { ...closed, description: 'The provider has vouched for somebody. Nobody is signed in yet.' },
)

const ProvedBody = Type.Object({ single_sign_on: SingleSignOnId, browser_key: BrowserKey }, closed)

export const singleSignOnRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(thereAndBack, deps)
  await app.register(newcomers, deps)
}

const thereAndBack: ConsoleRoutes = async (app, deps) => {
  const rate = new RateLimit(deps.clock, windowMs)

  app.route({
    method: 'POST',
    url: '/single-sign-on',
    config: { scope: 'none' },
    schema: {
      operationId: 'beginSingleSignOn',
      summary: 'Where to go to sign in at the provider.',
      body: BeginBody,
      response: { 200: Begun },
    },
    handler: async (request) => {
      const offered = demandOffered(deps)
      const { browser_key: browserKey, again = false } = request.body
      demandBrowser(request, { publicKey: browserKey, ...deps })
      limit(rate, request.ip)
      const origin = deps.consoleUrl ?? originOf(request, deps)
      return { location: await offered.begin({ browserKey, origin, again }) }
    },
  })

  app.route({
    method: 'POST',
    url: '/single-sign-on/return',
    config: { scope: 'none' },
    schema: {
      operationId: 'returnFromSingleSignOn',
      summary: 'Takes what the provider sent the browser back with.',
      description: 'Once, and in the browser that began. Answers when the provider has vouched.',
      body: ReturnBody,
      response: { 200: Returned },
    },
    handler: async (request) => {
      const offered = demandOffered(deps)
      const { browser_key: browserKey, ...answer } = request.body
      demandBrowser(request, { publicKey: browserKey, ...deps })
      return { single_sign_on: await offered.finish(browserKey, answer) }
    },
  })
}

const newcomers: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/links/:token/single-sign-on',
    config: { scope: 'none' },
    schema: {
      operationId: 'becomePersonBySingleSignOn',
      summary: 'Makes a person by a link, with the address that the provider has verified.',
      description: 'They are not signed in by it.',
      params: TokenParams,
      body: ProvedBody,
      response: { 201: AccountAnswer },
    },
    handler: async (request, reply) => {
      const { single_sign_on: oidc, browser_key: browserKey } = request.body
      demandBrowser(request, { publicKey: browserKey, ...deps })
      const { token } = request.params
      const { accountId } = await becomeProved(deps.people, { oidc, browserKey, token })
      return reply.code(201).send({ account_id: accountId })
    },
  })

  app.route({
    method: 'POST',
    url: '/sign-ups/single-sign-on',
    config: { scope: 'none' },
    schema: {
      operationId: 'signUpBySingleSignOn',
      summary: 'Makes a person and an account, with the address that the provider has verified.',
      description: 'They are not signed in by it.',
      body: ProvedBody,
      response: { 201: AccountAnswer },
    },
    handler: async (request, reply) => {
      if (deps.signUp !== 'open') {
        throw new Refusal(
          'not_permitted',
          'Accounts are made by invitation here. Ask an owner of an account for one.',
        )
      }
      const { single_sign_on: oidc, browser_key: browserKey } = request.body
      demandBrowser(request, { publicKey: browserKey, ...deps })
      const { accountId } = await becomeProved(deps.people, { oidc, browserKey, token: null })
      return reply.code(201).send({ account_id: accountId })
    },
  })
}

function demandOffered({ singleSignOn }: ConsoleDeps) {
  if (singleSignOn) return singleSignOn
  throw new Refusal(
    'not_permitted',
    'There is no single sign-on here; the operator sets it up with POSTERN_OIDC_ISSUER. Sign in with your password or a passkey.',
  )
}

/** Where single sign-on is the only way in, nobody is written to about passwords. */
export function refuseWherePasswordsEnd({ singleSignOn }: ConsoleDeps): void {
  if (!singleSignOn?.offer.required) return
  throw new Refusal(
    'not_permitted',
    `People come in by ${singleSignOn.offer.name} only here, without passwords. Use the button for it on the page to sign in.`,
  )
}

function limit(rate: RateLimit, ip: string): void {
  if (rate.take(ip, clientBeginningsMax).allowed) return
  throw new Refusal(
    'rate_limited',
    'Too many went to single sign-on from your address. Wait a quarter of an hour.',
    { retryAfterSeconds: windowMs / 1000 },
  )
}
