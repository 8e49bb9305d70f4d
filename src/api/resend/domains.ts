/** /domains in the Resend dialect: the domains an account may send from. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { addDomain } from '../../core/domains/add-domain.ts'
import { changeDomain, domainNotFound, removeDomain } from '../../core/domains/change-domain.ts'
import { trustedDomain } from '../../core/domains/domain-words.ts'
import { findDomain, listDomains, requestDomainCheck } from '../../core/domains/queries.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import {
  DomainBody,
  DomainListing,
  DomainParams,
  domainBody,
  domainExamples,
  domainListing,
} from './domain-body.ts'
import { ChangedDomain, NewDomain, readDomainChange, readNewDomain } from './new-domain.ts'
import { PageQuery, pageBody, readId, readPage, rowsWanted, wholeListLimit } from './pagination.ts'
import { type DialectApp, ErrorAnswer, exampleIds, ListOf } from './schemas.ts'

const CreatedDomain = Type.Omit(DomainBody, ['object'], {
  description: 'The domain, with the records to be published.',
  examples: [domainExamples.created],
})
const object = Type.Literal('domain', { description: 'domain' })
const id = Type.String({ description: 'the id of the domain, a UUID' })
const referenceExample = { object: 'domain', id: exampleIds.domain }
const DomainReference = Type.Object(
  { object, id },
  { description: 'Which domain it was done to.', examples: [referenceExample] },
)
const DeletedDomain = Type.Object(
  {
    object,
    id,
    deleted: Type.Literal(true, { description: 'true' }),
  },
  { description: 'Which domain is gone.', examples: [{ ...referenceExample, deleted: true }] },
)

const ViewQuery = Type.Object({
  dkim: Type.Optional(
    Type.Union([Type.Literal('txt'), Type.Literal('cname')], {
      description: '`txt` or `cname`: how the DKIM keys are to be published',
    }),
  ),
})

export const domainRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  createDomain(app, deps)
  listAllDomains(app, deps)
  getDomain(app, deps)
  updateDomain(app, deps)
  verifyDomain(app, deps)
  deleteDomain(app, deps)
}

function createDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/domains',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'createDomain',
      summary: 'Add a domain',
      description: 'Publish the records of the answer, then ask for the check.',
      body: NewDomain,
      response: { 201: CreatedDomain, '4xx': ErrorAnswer },
    },
    handler: async (request, reply) => {
      const { h1 } = senderOf(request)
      const domain = await addDomain(deps, h1, readNewDomain(request.body))
      const { hostname } = deps
      const { object: _, ...created } = domainBody(trustedDomain(deps, domain), {
        hostname,
        dkim: 'txt',
      })
      return reply.code(201).send(created)
    },
  })
}

function listAllDomains(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/domains',
    config: { scope: 'domains:read', documented: { query: PageQuery } },
    schema: {
      operationId: 'listDomains',
      summary: 'List domains',
      description: 'All of them when no limit is given, newest first.',
      response: {
        200: ListOf(DomainListing, 'Domains without their records.'),
        '4xx': ErrorAnswer,
      },
    },
    handler: async (request) => {
      const page = readPage(request.query, wholeListLimit)
      const domains = await listDomains(deps.sql, senderOf(request).h1, rowsWanted(page))
      return pageBody(domains, page, (domain) => domainListing(trustedDomain(deps, domain)))
    },
  })
}

function getDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/domains/:id',
    config: { scope: 'domains:read' },
    schema: {
      operationId: 'getDomain',
      summary: 'Read a domain',
      description: 'With its records, and what the last check found of each.',
      params: DomainParams,
      querystring: ViewQuery,
      response: { 200: DomainBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const domain = await findDomain(deps.sql, senderOf(request).h1, readId(request.params))
      if (!domain) throw domainNotFound()
      const { hostname } = deps
      return domainBody(trustedDomain(deps, domain), {
        hostname,
        dkim: request.query.dkim ?? 'txt',
      })
    },
  })
}

function updateDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'PATCH',
    url: '/domains/:id',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'updateDomain',
      summary: 'Change a domain',
      description: 'Only the fields that are given change.',
      params: DomainParams,
      body: ChangedDomain,
      response: { 200: DomainReference, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const domainId = readId(request.params)
      const change = readDomainChange(request.body)
      await changeDomain(deps, senderOf(request).h1, { ...change, domainId })
      return { object: 'domain' as const, id: domainId }
    },
  })
}

function verifyDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/domains/:id/verify',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'verifyDomain',
      summary: 'Check a domain',
      description: 'Asks for a look at the records; read the domain to see what came of it.',
      params: DomainParams,
      response: { 200: DomainReference, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const domainId = readId(request.params)
      const isAsked = await requestDomainCheck(deps.sql, senderOf(request).h1, domainId)
      if (!isAsked) throw domainNotFound()
      return { object: 'domain' as const, id: domainId }
    },
  })
}

function deleteDomain(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    url: '/domains/:id',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'deleteDomain',
      summary: 'Delete a domain',
      description: 'Nothing is sent from it any more, by any key.',
      params: DomainParams,
      response: { 200: DeletedDomain, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const domainId = readId(request.params)
      await removeDomain(deps, senderOf(request).h1, domainId)
      return { object: 'domain' as const, id: domainId, deleted: true as const }
    },
  })
}
