/** Claims of domains: /api/domains/:id/claim. Who controls the name in DNS takes it from whoever had it before. */
import { type Static, Type } from 'typebox'
import { regions } from '../../core/domains/add-domain.ts'
import { domainNotFound } from '../../core/domains/change-domain.ts'
import { claimDomain, getDomainClaim, verifyDomainClaim } from '../../core/domains/claim-domain.ts'
import type { ClaimDocument } from '../../core/domains/claim-queries.ts'
import { keysOf } from '../../core/domains/domain-keys.ts'
import { nameInZone } from '../../core/domains/domain-name.ts'
import { findDomain } from '../../core/domains/queries.ts'
import { closed, IdParams, orNull, timeText } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'

const claimStatuses: ClaimDocument['status'][] = [
  'pending',
  'verified',
  'completed',
  'blocked',
  'failed',
  'expired',
  'superseded',
  'canceled',
]

const ClaimBody = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'the id of the claim' }),
    status: Type.Enum(claimStatuses, {
      description: '`blocked`: the record is there, and something else keeps the name',
    }),
    blocked_reason: orNull(
      Type.Enum(['grace_period', 'recent_owner_activity', 'pending_scheduled_emails']),
      'what keeps the name where it is; null unless it is blocked',
    ),
    failure_reason: orNull(Type.String(), 'why it has failed, in a sentence; null unless it has'),
    record: Type.Object(
      {
        type: Type.Literal('TXT', { description: 'TXT' }),
        name: Type.String({ description: 'its whole name' }),
        name_in_zone: Type.String({ description: 'its name as it is entered at the zone' }),
        value: Type.String({ description: 'the text to publish beside what stands there' }),
      },
      { ...closed, description: 'what proves the claim' },
    ),
    created_at: Type.String({ format: 'date-time', description: 'when it was made' }),
    expires_at: Type.String({ format: 'date-time', description: 'until when it is looked for' }),
  },
  { ...closed, description: 'The claim, with the record that proves it.' },
)

export const domainClaimRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/domains/:id/claim',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'claimDomain',
      summary: 'Claims the name of a domain that another account holds.',
      description: 'One that runs already is answered again.',
      params: IdParams,
      response: { 200: ClaimBody, 201: ClaimBody },
    },
    handler: async (request, reply) => {
      const { h1 } = sessionOf(request)
      const domain = await findDomain(deps.sql, h1, request.params.id)
      if (!domain) throw domainNotFound()
      const { name, tls } = domain
      const { returnPath } = keysOf(domain)
      const wanted = { name, region: regions[0], returnPath, tls, ed25519: false }
      const { claim, isNew } = await claimDomain(deps, h1, wanted)
      return reply.code(isNew ? 201 : 200).send(claimBody(claim))
    },
  })

  app.route({
    method: 'GET',
    url: '/domains/:id/claim',
    config: { scope: 'domains:read' },
    schema: {
      operationId: 'getDomainClaim',
      summary: 'The newest claim of a domain.',
      params: IdParams,
      response: { 200: ClaimBody },
    },
    handler: async (request) =>
      claimBody(await getDomainClaim(deps.sql, sessionOf(request).h1, request.params.id)),
  })

  app.route({
    method: 'POST',
    url: '/domains/:id/claim/verify',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'verifyDomainClaim',
      summary: 'Asks for a look at the record that proves the claim.',
      params: IdParams,
      response: { 200: ClaimBody },
    },
    handler: async (request) =>
      claimBody(await verifyDomainClaim(deps.sql, sessionOf(request).h1, request.params.id)),
  })
}

function claimBody(claim: ClaimDocument): Static<typeof ClaimBody> {
  const { id, name, status, recordValue, blockedReason, failureReason } = claim
  return {
    id,
    status,
    blocked_reason: blockedReason,
    failure_reason: failureReason,
    record: { type: 'TXT', name, name_in_zone: nameInZone(name, name), value: recordValue },
    created_at: timeText(claim.createdAt),
    expires_at: timeText(claim.expiresAt),
  }
}
