/** The accounts under this one: /api/subaccounts. */

import { Type } from 'typebox'
import { enterSubaccount } from '../../core/people/sessions.ts'
import {
  limitSubaccount,
  makeSubaccount,
  readSubaccounts,
  resumeSubaccount,
  suspendSubaccount,
} from '../../core/subaccounts/subaccounts.ts'
import { clientOf } from '../client-of.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, Id, IdParams, NoContent } from '../schemas.ts'
import { sessionOf } from '../session.ts'
import { setCookie } from '../sign-in.ts'
import { listBody, readLimits, SubaccountList, WantedLimits } from './body.ts'

export const subaccountRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(makingRoutes, deps)
  await app.register(changingRoutes, deps)
  await app.register(enteringRoutes, deps)
}

const makingRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'GET',
    url: '/subaccounts',
    config: { scope: 'subaccounts:read' },
    schema: {
      operationId: 'listSubaccounts',
      summary: 'The accounts under this one, at most 1,000.',
      response: { 200: SubaccountList },
    },
    handler: async (request) => {
      const session = sessionOf(request)
      return listBody(await readSubaccounts(people, session), session.state)
    },
  })

  app.route({
    method: 'POST',
    url: '/subaccounts',
    config: { scope: 'subaccounts:write' },
    schema: {
      operationId: 'makeSubaccount',
      summary: 'Makes an account under this one; both ledgers have a line of it.',
      body: Type.Object(
        {
          name: Type.String({ maxLength: 200, description: 'what it is called' }),
          limits: Type.Optional(WantedLimits),
        },
        closed,
      ),
      response: {
        201: Type.Object(
          { id: Id('of the subaccount') },
          { ...closed, description: 'It stands, with nobody in it yet.' },
        ),
      },
    },
    handler: async (request, reply) => {
      const { name, limits = {} } = request.body
      const wanted = { name, limits: readLimits(limits) }
      const id = await makeSubaccount(people, sessionOf(request), wanted)
      return reply.code(201).send({ id })
    },
  })
}

const changingRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'PATCH',
    url: '/subaccounts/:id',
    config: { scope: 'subaccounts:write' },
    schema: {
      operationId: 'limitSubaccount',
      summary: 'Gives a subaccount other limits.',
      params: IdParams,
      body: WantedLimits,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const wanted = { accountId: request.params.id, limits: readLimits(request.body) }
      await limitSubaccount(people, sessionOf(request), wanted)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/subaccounts/:id/suspend',
    config: { scope: 'subaccounts:write' },
    schema: {
      operationId: 'suspendSubaccount',
      summary: 'Stops a subaccount: nothing of it is sent until it is resumed.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await suspendSubaccount(people, sessionOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/subaccounts/:id/resume',
    config: { scope: 'subaccounts:write' },
    schema: {
      operationId: 'resumeSubaccount',
      summary: 'Lets a suspended subaccount send again; what the operator has blocked stays so.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await resumeSubaccount(people, sessionOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  })
}

const enteringRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/subaccounts/:id/enter',
    config: { scope: 'subaccounts:write' },
    schema: {
      operationId: 'enterSubaccount',
      summary:
        'Goes on in a subaccount as an admin of it, for owners and admins of this account; both ledgers have a line of it.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      const { token } = await enterSubaccount(deps.people, session, {
        accountId: request.params.id,
        browserKey: session.browserKey,
        client: clientOf(request),
      })
      setCookie(deps, { request, reply }, token)
      return reply.code(204).send(null)
    },
  })
}
