/** /domains in the Resend dialect: the domains an account may send from. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { addDomain } from '../../core/domains/add-domain.ts'
import {
  type DomainDocument,
  findDomain,
  listDomains,
  requestDomainCheck,
} from '../../core/domains/queries.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { DomainBody, DomainListing, domainBody, domainListing } from './domain-body.ts'
import { NewDomain, readNewDomain } from './new-domain.ts'
import { pageBody, readId, readPage, rowsWanted, wholeListLimit } from './pagination.ts'
import { type DialectApp, ErrorAnswer, IdParams, ListOf } from './schemas.ts'

const CreatedDomain = Type.Omit(DomainBody, ['object'])
const DomainReference = Type.Object({ object: Type.Literal('domain'), id: Type.String() })

export const domainRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  createDomain(app, deps)
  listAllDomains(app, deps)
  getDomain(app, deps)
  verifyDomain(app, deps)
}

function createDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/domains',
    schema: {
      operationId: 'createDomain',
      body: NewDomain,
      response: { 201: CreatedDomain, '4xx': ErrorAnswer },
    },
    handler: async (request, reply) => {
      const { h1 } = senderOf(request)
      const domain = await addDomain(deps, h1, readNewDomain(request.body))
      const { object: _, ...created } = domainBody(trusted(deps, domain), deps.hostname)
      return reply.code(201).send(created)
    },
  })
}

function listAllDomains(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/domains',
    schema: {
      operationId: 'listDomains',
      response: { 200: ListOf(DomainListing), '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const page = readPage(request.query, wholeListLimit)
      const domains = await listDomains(deps.sql, senderOf(request).h1, rowsWanted(page))
      return pageBody(domains, page, (domain) => domainListing(trusted(deps, domain)))
    },
  })
}

function getDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/domains/:id',
    schema: {
      operationId: 'getDomain',
      params: IdParams,
      response: { 200: DomainBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const domain = await findDomain(deps.sql, senderOf(request).h1, readId(request.params))
      if (!domain) throw notFound()
      return domainBody(trusted(deps, domain), deps.hostname)
    },
  })
}

function verifyDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/domains/:id/verify',
    schema: {
      operationId: 'verifyDomain',
      params: IdParams,
      response: { 200: DomainReference, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const id = readId(request.params)
      if (!(await requestDomainCheck(deps.sql, senderOf(request).h1, id))) throw notFound()
      return { object: 'domain' as const, id }
    },
  })
}

/** A state that vault has not signed counts for nothing, and is not shown as if it did. */
function trusted({ check, log }: ApiDeps, domain: DomainDocument): DomainDocument {
  const { id, accountId, name, state } = domain
  const isPlaced = state.columns.accountId === accountId && state.columns.name === name
  const reason = check.distrust(state, id) ?? (isPlaced ? undefined : 'misplaced')
  if (reason === undefined) return domain
  log.error({ accountId, domainId: id, reason }, 'alarm: authority row not signed by vault')
  return { ...domain, state: { ...state, columns: { ...state.columns, status: 'failed' } } }
}

function notFound(): Refusal {
  return new Refusal('not_found', 'Domain not found')
}
