/** One's own second factors. What adds or takes one away needs a fresh factor, which vault asks for. */
import { type Static, Type } from 'typebox'
import {
  addTotp,
  beginTotp,
  type Factor,
  makeRecoveryCodes,
  readFactors,
  revokeFactor,
} from '../../core/people/factors.ts'
import { otpauthUri } from '../../lib/totp.ts'
import { closed, IdParams, NoContent } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'
import { selfOf } from '../session-body.ts'

export const FactorName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'by which the person knows it, such as "Phone"; 1 to 100 characters',
})

export const AddedFactor = Type.Object(
  { id: Type.String({ format: 'uuid', description: 'of the factor' }) },
  { ...closed, description: 'The factor counts from now on.' },
)

const FactorBody = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'of the factor' }),
    type: Type.Enum(['totp', 'passkey', 'recovery'], { description: 'what kind it is' }),
    name: Type.String({ description: 'by which the person knows it' }),
    created_at: Type.String({ format: 'date-time', description: 'when it was added' }),
    codes_left: Type.Union([Type.Integer(), Type.Null()], {
      description: 'of recovery codes: how many were not used yet',
    }),
  },
  closed,
)

const FactorList = Type.Object(
  { data: Type.Array(FactorBody, { description: 'oldest first' }) },
  { ...closed, description: 'Every factor of the person.' },
)

const NewTotp = Type.Object(
  {
    secret: Type.String({ description: 'base32, to be typed into the app' }),
    uri: Type.String({ description: 'the same, to be scanned by the app' }),
  },
  { ...closed, description: 'It counts once a code of it has come back, within 15 minutes.' },
)

const TotpBody = Type.Object(
  {
    name: FactorName,
    code: Type.String({ pattern: '^[0-9]{6}$', description: 'six digits, as the app shows them' }),
  },
  closed,
)

const RecoveryCodes = Type.Object(
  { codes: Type.Array(Type.String(), { description: 'each counts once' }) },
  { ...closed, description: 'Told this once; the codes of before stop working.' },
)

export const factorRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(listedFactors, deps)
  await app.register(addedFactors, deps)
}

const listedFactors: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/me/factors',
    config: { scope: 'session' },
    schema: {
      operationId: 'listMyFactors',
      summary: 'The second factors of the person.',
      response: { 200: FactorList },
    },
    handler: async (request) => {
      const factors = await readFactors(deps.people, sessionOf(request))
      return { data: factors.map(factorBody) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/me/factors/:id',
    config: { scope: 'session' },
    schema: {
      operationId: 'removeMyFactor',
      summary: 'Takes a factor away; an owner’s last one stays. Takes a fresh factor.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await revokeFactor(deps.people, sessionOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  })
}

const addedFactors: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/me/totp',
    config: { scope: 'session' },
    schema: {
      operationId: 'beginTotp',
      summary: 'Begins an authenticator app. Takes a fresh factor.',
      response: { 200: NewTotp },
    },
    handler: async (request) => {
      const session = sessionOf(request)
      const secret = await beginTotp(deps.people, session)
      const { email: account } = await selfOf(deps, session)
      return { secret, uri: otpauthUri({ issuer: 'Postern', account, secret }) }
    },
  })

  app.route({
    method: 'POST',
    url: '/me/totp/confirm',
    config: { scope: 'session' },
    schema: {
      operationId: 'addTotp',
      summary: 'Adds the authenticator app that was begun, by a code of it.',
      body: TotpBody,
      response: { 201: AddedFactor },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      const id = await addTotp(deps.people, session, request.body)
      deps.signedIn.forget(session.h1)
      return reply.code(201).send({ id })
    },
  })

  app.route({
    method: 'POST',
    url: '/me/recovery-codes',
    config: { scope: 'session' },
    schema: {
      operationId: 'makeRecoveryCodes',
      summary: 'Makes ten recovery codes in the place of those of before. Takes a fresh factor.',
      response: { 201: RecoveryCodes },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      const codes = await makeRecoveryCodes(deps.people, session)
      deps.signedIn.forget(session.h1)
      return reply.code(201).send({ codes })
    },
  })
}

function factorBody({ id, type, name, createdAt, codesLeft }: Factor): Static<typeof FactorBody> {
  return { id, type, name, created_at: createdAt.toISOString(), codes_left: codesLeft }
}
