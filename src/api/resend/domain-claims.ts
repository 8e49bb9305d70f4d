/** Claims of domains in the Resend dialect: proving in DNS that a name is one's own, whoever holds it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { claimDomain, getDomainClaim, verifyDomainClaim } from '../../core/domains/claim-domain.ts'
import type { ClaimDocument } from '../../core/domains/claim-queries.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { DomainParams } from './domain-body.ts'
import { NewDomain, readNewDomain } from './new-domain.ts'
import { readId } from './pagination.ts'
import { ErrorAnswer, exampleIds, Nullable } from './schemas.ts'

const ClaimRecord = Type.Object(
  {
    type: Type.Literal('TXT', { description: 'TXT' }),
    name: Type.String({ description: 'the domain itself' }),
    value: Type.String({ description: 'the text to publish beside what stands there' }),
    ttl: Type.Literal('Auto', { description: 'any time to live will do' }),
  },
  { description: 'the record that proves the claim' },
)

const ClaimBody = Type.Object(
  {
    object: Type.Literal('domain_claim', { description: 'domain_claim' }),
    id: Type.String({ description: 'the id of the claim, a UUID' }),
    name: Type.String({ description: 'the claimed domain' }),
    status: Type.String({
      description: 'pending, completed, blocked, expired, superseded or canceled',
    }),
    domain_id: Type.String({
      description: 'the id of the domain that the claim is for, in this account',
    }),
    region: Nullable(
      Type.String({ description: 'the region of that domain; null: none was given' }),
    ),
    record: ClaimRecord,
    blocked_reason: Nullable(
      Type.String({
        description:
          'grace_period, recent_owner_activity or pending_scheduled_emails; null while it is not blocked',
      }),
    ),
    failure_reason: Nullable(
      Type.String({ description: 'why it has failed, in a sentence; null unless it has' }),
    ),
    created_at: Type.String({ description: 'when it was made, ISO 8601 in UTC' }),
    expires_at: Type.String({
      description: 'until when the record is looked for, ISO 8601 in UTC',
    }),
  },
  {
    description: 'The claim, with the record that proves it.',
    examples: [
      {
        object: 'domain_claim',
        id: exampleIds.claim,
        name: 'mail.example.org',
        status: 'pending',
        domain_id: exampleIds.domain,
        region: 'us-east-1',
        record: {
          type: 'TXT',
          name: 'mail.example.org',
          value: 'postern-domain-verification=9f2c4b…',
          ttl: 'Auto',
        },
        blocked_reason: null,
        failure_reason: null,
        created_at: '2026-03-02T09:00:00.000Z',
        expires_at: '2026-03-09T09:00:00.000Z',
      },
    ],
  },
)

export const domainClaimRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/domains/claim',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'claimDomain',
      summary: 'Claim a domain',
      description:
        'For a name that another account holds and that is yours: publish the record, then ask for the check.',
      body: NewDomain,
      response: { 200: ClaimBody, 201: ClaimBody, '4xx': ErrorAnswer },
    },
    handler: async (request, reply) => {
      const wanted = readNewDomain(request.body)
      const { claim, isNew } = await claimDomain(deps, senderOf(request).h1, wanted)
      return reply.code(isNew ? 201 : 200).send(claimBody(claim))
    },
  })
  app.route({
    method: 'GET',
    url: '/domains/:id/claim',
    config: { scope: 'domains:read' },
    schema: {
      operationId: 'getDomainClaim',
      summary: 'Read a claim',
      description: 'How far it is, and the record that proves it.',
      params: DomainParams,
      response: { 200: ClaimBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const { h1 } = senderOf(request)
      return claimBody(await getDomainClaim(deps.sql, h1, readId(request.params)))
    },
  })
  app.route({
    method: 'POST',
    url: '/domains/:id/claim/verify',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'verifyDomainClaim',
      summary: 'Check a claim',
      description: 'Asks for a look at the record that proves it.',
      params: DomainParams,
      response: { 200: ClaimBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const { h1 } = senderOf(request)
      return claimBody(await verifyDomainClaim(deps.sql, h1, readId(request.params)))
    },
  })
}

function claimBody(claim: ClaimDocument): Static<typeof ClaimBody> {
  const { id, name, status, domainId, region, recordValue, createdAt, expiresAt } = claim
  return {
    object: 'domain_claim',
    id,
    name,
    status,
    domain_id: domainId,
    region,
    record: { type: 'TXT', name, value: recordValue, ttl: 'Auto' },
    blocked_reason: claim.blockedReason,
    failure_reason: claim.failureReason,
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
  }
}
