/** The domains an account may send from: /api/domains. What takes one away, or changes its keys, takes a fresh factor. */
import { addDomain, regions } from '../../core/domains/add-domain.ts'
import { changeDomain, domainNotFound, removeDomain } from '../../core/domains/change-domain.ts'
import { returnPathLabel } from '../../core/domains/check-domain.ts'
import { trustedDomain } from '../../core/domains/domain-words.ts'
import { findDomain, listDomains, requestDomainCheck } from '../../core/domains/queries.ts'
import { IdParams, ListOf, ListQuery, listBody, NoContent, rowsWanted } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'
import {
  DomainBody,
  DomainChangeBody,
  DomainListing,
  DomainQuery,
  domainBody,
  domainListing,
  NewDomainBody,
} from './domain-body.ts'
import { domainKeyRoutes } from './keys.ts'

export const domainRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(readingDomains, deps)
  await app.register(addingDomains, deps)
  await app.register(changingDomains, deps)
  await app.register(domainKeyRoutes, deps)
}

const readingDomains: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/domains',
    config: { scope: 'domains:read' },
    schema: {
      operationId: 'listDomains',
      summary: 'The domains of the account.',
      querystring: ListQuery,
      response: { 200: ListOf(DomainListing, 'The domains, without their records.') },
    },
    handler: async (request) => {
      const { h1 } = sessionOf(request)
      const rows = await listDomains(deps.sql, h1, rowsWanted(request.query))
      return listBody(rows, request.query, (row) => domainListing(trustedDomain(deps, row)))
    },
  })

  app.route({
    method: 'GET',
    url: '/domains/:id',
    config: { scope: 'domains:read' },
    schema: {
      operationId: 'getDomain',
      summary: 'A domain with its records, and what was found of each.',
      params: IdParams,
      querystring: DomainQuery,
      response: { 200: DomainBody },
    },
    handler: async (request) => {
      const domain = await findDomain(deps.sql, sessionOf(request).h1, request.params.id)
      if (!domain) throw domainNotFound()
      const { dkim = 'txt' } = request.query
      return domainBody(trustedDomain(deps, domain), { hostname: deps.hostname, dkim })
    },
  })
}

const addingDomains: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/domains',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'addDomain',
      summary: 'Adds a domain, with keys of its own.',
      description: 'Publish the records of the answer, then ask for the check.',
      body: NewDomainBody,
      response: { 201: DomainBody },
    },
    handler: async (request, reply) => {
      const { name, custom_return_path: returnPath, tls, ed25519 } = request.body
      const domain = await addDomain(deps, sessionOf(request).h1, {
        name,
        region: regions[0],
        returnPath: returnPath ?? returnPathLabel,
        tls: tls ?? 'opportunistic',
        ed25519: ed25519 ?? false,
      })
      const view = { hostname: deps.hostname, dkim: 'txt' } as const
      return reply.code(201).send(domainBody(trustedDomain(deps, domain), view))
    },
  })

  app.route({
    method: 'POST',
    url: '/domains/:id/verify',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'verifyDomain',
      summary: 'Asks for a look at the records now.',
      description: 'Read the domain to see what came of it: `is_checking` says when it is done.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { h1 } = sessionOf(request)
      if (!(await requestDomainCheck(deps.sql, h1, request.params.id))) throw domainNotFound()
      return reply.code(204).send(null)
    },
  })
}

const changingDomains: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'PATCH',
    url: '/domains/:id',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'changeDomain',
      summary: 'Changes how mail of a domain is signed and sent.',
      description: 'Only what is given changes. `ed25519` takes a fresh factor.',
      params: IdParams,
      body: DomainChangeBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { tls, ed25519 } = request.body
      await changeDomain(deps, sessionOf(request).h1, {
        domainId: request.params.id,
        ...(tls !== undefined && { tls }),
        ...(ed25519 !== undefined && { ed25519 }),
      })
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/domains/:id',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'deleteDomain',
      summary: 'Deletes a domain: nothing is sent from it any more, by any key.',
      description: 'Takes a fresh factor.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await removeDomain(deps, sessionOf(request).h1, request.params.id)
      return reply.code(204).send(null)
    },
  })
}
