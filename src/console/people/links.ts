/** Coming in by a link that works once: /api/links/:token. Who holds the token needs nothing else. */
import { type Static, Type } from 'typebox'
import type { LinkPurpose } from '../../core/authority/signed-row.ts'
import { acceptInvitation, becomePerson, readLink, resetPassword } from '../../core/people/links.ts'
import { closed, NoContent } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'

const purposes: [LinkPurpose, ...LinkPurpose[]] = [
  'first_owner',
  'invitation',
  'sign_up',
  'reset_password',
  'change_address',
]

export const TokenParams = Type.Object(
  {
    token: Type.String({
      pattern: '^[A-Za-z0-9_-]{43}$',
      description: 'the last part of the address that was sent, whole',
    }),
  },
  closed,
)

export const Email = Type.String({
  minLength: 1,
  maxLength: 320,
  description: 'the address alone, such as ada@example.com',
})

const NewPasswordText = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: '15 characters or more, on no list of those that leaked',
})

export const PersonName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'what the person is called, 1 to 100 characters',
})

const LinkBody = Type.Object(
  {
    purpose: Type.Enum(purposes, { description: 'what the link is for' }),
    role: Type.Union([Type.String(), Type.Null()], {
      description: 'of an invitation: the role that is offered',
    }),
    is_bound: Type.Boolean({
      description: 'true when it takes the very address that it was sent to',
    }),
  },
  { ...closed, description: 'A link that still works.' },
)

const PersonBody = Type.Object(
  {
    name: PersonName,
    email: Email,
    password: NewPasswordText,
    account_name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'who signs up: what the new account is called; else as the person',
      }),
    ),
  },
  closed,
)

const PasswordBody = Type.Object({ email: Email, password: NewPasswordText }, closed)

export const AccountAnswer = Type.Object(
  {
    account_id: Type.String({
      format: 'uuid',
      description: 'the account the person is a member of now',
    }),
  },
  { ...closed, description: 'Done. Signing in is the next step.' },
)

export const linkRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(cameIn, deps)
  await app.register(cameBack, deps)
}

/** For who is not known yet. */
const cameIn: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/links/:token',
    config: { scope: 'none' },
    schema: {
      operationId: 'getLink',
      summary: 'What a link is for. It is not used up by this.',
      params: TokenParams,
      response: { 200: LinkBody },
    },
    handler: async (request): Promise<Static<typeof LinkBody>> => {
      const { purpose, role, isBound } = await readLink(deps.people, request.params.token)
      return { purpose, role, is_bound: isBound }
    },
  })

  app.route({
    method: 'POST',
    url: '/links/:token/person',
    config: { scope: 'none' },
    schema: {
      operationId: 'becomePerson',
      summary: 'Makes a person by a link of a first owner, an invitation or a sign-up.',
      description: 'They are not signed in by it.',
      params: TokenParams,
      body: PersonBody,
      response: { 201: AccountAnswer },
    },
    handler: async ({ params, body }, reply) => {
      const { account_name: accountName, ...person } = body
      const { accountId } = await becomePerson(deps.people, params.token, {
        ...person,
        ...(accountName === undefined ? {} : { accountName }),
      })
      return reply.code(201).send({ account_id: accountId })
    },
  })
}

/** For who is a person already. */
const cameBack: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/links/:token/password',
    config: { scope: 'none' },
    schema: {
      operationId: 'resetPassword',
      summary: 'Sets a new password by a link that was asked for.',
      description:
        'Ends every session of the person. Signing in takes their second factor as before.',
      params: TokenParams,
      body: PasswordBody,
      response: { 204: NoContent },
    },
    handler: async ({ params, body }, reply) => {
      await resetPassword(deps.people, params.token, body)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/links/:token/join',
    config: { scope: 'session' },
    schema: {
      operationId: 'acceptInvitation',
      summary: 'Takes up an invitation to one’s own address.',
      params: TokenParams,
      response: { 200: AccountAnswer },
    },
    handler: async (request) => {
      const { accountId } = await acceptInvitation(
        deps.people,
        sessionOf(request).h1,
        request.params.token,
      )
      return { account_id: accountId }
    },
  })
}
