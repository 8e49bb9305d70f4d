/** Coming in, being in and going out: /api/sign-in, /api/session, /api/step-up, /api/switch-account. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { endSession, switchAccount } from '../core/people/sessions.ts'
import { passwordProof, type SignInRequest, signIn, stepUp } from '../core/people/sign-in.ts'
import { demandDone } from '../core/people/store-answer.ts'
import { Refusal } from '../lib/refusal.ts'
import { uuidFromBytes } from '../lib/uuid.ts'
import { originOf } from './address.ts'
import { demandBrowser } from './browser.ts'
import { clientOf } from './client-of.ts'
import type { ConsoleDeps } from './deps.ts'
import type { ConsoleRoutes } from './routes.ts'
import { sessionOf } from './session.ts'
import { SessionBody, selfOf, sessionBody } from './session-body.ts'
import { sessionCookie } from './signed-in.ts'

/** As long as a session lasts at most. */
const sessionSeconds = 12 * 3600
const closed = { additionalProperties: false } as const
const NoContent = Type.Null({ description: 'Done.' })
export const Code = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'as it is shown or was written down',
})

export const PasskeyAnswer = Type.Object(
  {
    type: Type.Literal('passkey'),
    credential_id: Type.String({
      maxLength: 1400,
      description: 'the id of the passkey, base64url',
    }),
    challenge: Type.String({
      maxLength: 64,
      description: 'what `POST /api/passkey-challenge` gave',
    }),
    authenticator_data: Type.String({
      maxLength: 2048,
      description: 'as the browser gives it, base64url',
    }),
    client_data_json: Type.String({
      maxLength: 8192,
      description: 'as the browser gives it, base64url',
    }),
    signature: Type.String({ maxLength: 2048, description: 'as the browser gives it, base64url' }),
  },
  closed,
)
export const TotpAnswer = Type.Object({ type: Type.Literal('totp'), code: Code }, closed)
export const RecoveryAnswer = Type.Object({ type: Type.Literal('recovery'), code: Code }, closed)
const PasswordAnswer = Type.Object(
  {
    type: Type.Literal('password'),
    password: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'for who has no factor yet',
    }),
  },
  closed,
)

export const BrowserKey = Type.String({
  minLength: 87,
  maxLength: 87,
  description: 'the public key of this browser: an uncompressed P-256 point in base64url',
})

const SignInBody = Type.Object(
  {
    email: Type.Optional(Type.String({ maxLength: 320, description: 'the person’s address' })),
    user_handle: Type.Optional(
      Type.String({
        maxLength: 128,
        description: 'by passkey alone: the user handle that came with its answer, base64url',
      }),
    ),
    password: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1024, description: 'the password' }),
    ),
    factor: Type.Optional(Type.Union([TotpAnswer, RecoveryAnswer, PasskeyAnswer])),
    account_id: Type.Optional(
      Type.String({ format: 'uuid', description: 'the account to begin in; else the first' }),
    ),
    browser_key: BrowserKey,
  },
  closed,
)

const SignInAnswer = Type.Object(
  {
    outcome: Type.Enum(['done', 'factor_needed'], {
      description: '`factor_needed`: the password is right; ask again with a factor',
    }),
    enrolling: Type.Boolean({ description: 'whether a second factor must be added first' }),
    types: Type.Array(Type.Enum(['totp', 'passkey', 'recovery']), {
      description: 'the kinds of factors the person has',
    }),
    passkeys: Type.Array(Type.String(), { description: 'ids of passkeys, base64url' }),
  },
  { ...closed, description: 'Whether the person is in. The cookie of the session comes with it.' },
)

export const signInRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(comingIn, deps)
  await app.register(beingIn, deps)
  await app.register(goingOn, deps)
}

const comingIn: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/passkey-challenge',
    config: { scope: 'none' },
    schema: {
      operationId: 'makePasskeyChallenge',
      summary: 'A challenge for a passkey to answer, within five minutes and once.',
      response: {
        200: Type.Object(
          {
            challenge: Type.String({ description: '32 bytes, base64url' }),
            rp_id: Type.String({ description: 'the name passkeys of this console are bound to' }),
          },
          { ...closed, description: 'The challenge.' },
        ),
      },
    },
    handler: async (request) => {
      const { challenge } = demandDone(await deps.vault.people(null, { kind: 'challenge' }))
      return { challenge: challenge ?? '', rp_id: new URL(originOf(request, deps)).hostname }
    },
  })

  app.route({
    method: 'POST',
    url: '/sign-in',
    config: { scope: 'none' },
    schema: {
      operationId: 'signIn',
      summary: 'Signs a person in.',
      body: SignInBody,
      response: { 200: SignInAnswer },
    },
    handler: async (request, reply) => {
      demandBrowser(request, { publicKey: request.body.browser_key, ...deps })
      const outcome = await signIn(deps.people, signInRequest(deps, request, request.body))
      if (outcome.outcome === 'factor_needed') return { ...outcome, enrolling: false }
      await deps.signedIn.demandInside(outcome.h1, request)
      setCookie(deps, { request, reply }, outcome.token)
      return {
        outcome: 'done' as const,
        enrolling: outcome.enrolling,
        types: [],
        passkeys: [],
      }
    },
  })
}

const beingIn: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/session',
    config: { scope: 'session' },
    schema: {
      operationId: 'getSession',
      summary: 'Who is signed in.',
      response: { 200: SessionBody },
    },
    handler: async (request) => sessionBody(deps, sessionOf(request)),
  })

  app.route({
    method: 'POST',
    url: '/sign-out',
    config: { scope: 'session' },
    schema: {
      operationId: 'signOut',
      summary: 'Ends this session.',
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { h1, sessionId } = sessionOf(request)
      await endSession(deps.people, h1, sessionId)
      deps.signedIn.forget(h1)
      reply.clearCookie(sessionCookie, { path: '/' })
      return reply.code(204).send(null)
    },
  })
}

const goingOn: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/step-up',
    config: { scope: 'session' },
    schema: {
      operationId: 'stepUp',
      summary: 'Shows a factor anew, for what only a fresh one may do within ten minutes.',
      body: Type.Object(
        { factor: Type.Union([TotpAnswer, RecoveryAnswer, PasskeyAnswer, PasswordAnswer]) },
        closed,
      ),
      response: { 200: SessionBody },
    },
    handler: async (request) => {
      const session = sessionOf(request)
      const { factor } = request.body
      const shown =
        factor.type === 'password'
          ? await passwordProof(deps.people, {
              email: (await selfOf(deps, session)).email,
              password: factor.password,
            })
          : factorProof(deps, request, factor)
      await stepUp(deps.people, session.h1, shown)
      deps.signedIn.forget(session.h1)
      return sessionBody(deps, await deps.signedIn.again(session, request.ip))
    },
  })

  app.route({
    method: 'POST',
    url: '/switch-account',
    config: { scope: 'session' },
    schema: {
      operationId: 'switchAccount',
      summary: 'Goes on in another account of the same person.',
      body: Type.Object(
        {
          account_id: Type.String({
            format: 'uuid',
            description: 'one of `accounts` of the session',
          }),
        },
        closed,
      ),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      const { token } = await switchAccount(deps.people, session, {
        accountId: request.body.account_id,
        browserKey: session.browserKey,
        client: clientOf(request),
      })
      setCookie(deps, { request, reply }, token)
      return reply.code(204).send(null)
    },
  })
}

function signInRequest(
  deps: ConsoleDeps,
  request: FastifyRequest,
  body: Static<typeof SignInBody>,
): SignInRequest {
  const { email, user_handle: handle, password, factor, account_id: accountId } = body
  if ((email === undefined) === (handle === undefined)) {
    throw new Refusal(
      'missing_field',
      'Name the person: either `email`, or `user_handle` with a passkey.',
    )
  }
  return {
    ...(email === undefined ? {} : { email }),
    ...(handle === undefined ? {} : { userId: userIdOf(handle) }),
    ...(password === undefined ? {} : { password }),
    ...(factor ? { factor: factorProof(deps, request, factor) } : {}),
    ...(accountId === undefined ? {} : { accountId }),
    browserKey: body.browser_key,
    client: clientOf(request),
  }
}

/** A passkey keeps the 16 bytes of its person's id as user handle. */
function userIdOf(handle: string): string {
  const bytes = Buffer.from(handle, 'base64url')
  if (bytes.length === 16) return uuidFromBytes(bytes)
  throw new Refusal('invalid_input', 'The `user_handle` is not one of this console.')
}

type ShownFactor = Exclude<NonNullable<Static<typeof SignInBody>['factor']>, never>

export function factorProof(deps: ConsoleDeps, request: FastifyRequest, factor: ShownFactor) {
  if (factor.type !== 'passkey') return factor
  const origin = originOf(request, deps)
  return {
    type: 'passkey' as const,
    credentialId: factor.credential_id,
    challenge: factor.challenge,
    origin,
    rpId: new URL(origin).hostname,
    response: {
      authenticatorData: factor.authenticator_data,
      clientDataJSON: factor.client_data_json,
      signature: factor.signature,
    },
  }
}

/** Strict: no other site's link or form ever brings it along. */
export function setCookie(
  deps: ConsoleDeps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  token: string,
): void {
  reply.setCookie(sessionCookie, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: originOf(request, deps).startsWith('https:'),
    maxAge: sessionSeconds,
  })
}
