/** Domains as the Resend dialect shows them. */
import { type Static, Type } from 'typebox'
import type { DomainDocument } from '../../core/domains/queries.ts'
import { expectedRecords, nameInZone, recordStatus } from '../../core/domains/records.ts'
import { Timestamp } from './schemas.ts'

const RecordBody = Type.Object({
  record: Type.String(),
  name: Type.String(),
  type: Type.String(),
  ttl: Type.Literal('Auto'),
  status: Type.String(),
  value: Type.String(),
  priority: Type.Optional(Type.Integer()),
})

export const DomainListing = Type.Object({
  id: Type.String(),
  name: Type.String(),
  status: Type.String(),
  created_at: Timestamp,
  region: Type.String(),
  open_tracking: Type.Boolean(),
  click_tracking: Type.Boolean(),
  capabilities: Type.Object({ sending: Type.String(), receiving: Type.String() }),
})

export const DomainBody = Type.Object({
  object: Type.Literal('domain'),
  ...DomainListing.properties,
  records: Type.Array(RecordBody),
})

export function domainListing(domain: DomainDocument): Static<typeof DomainListing> {
  const { id, name, createdAt, region } = domain
  return {
    id,
    name,
    status: statusOf(domain),
    created_at: new Date(createdAt).toISOString(),
    region,
    open_tracking: false,
    click_tracking: false,
    capabilities: { sending: 'enabled', receiving: 'disabled' },
  }
}

export function domainBody(domain: DomainDocument, hostname: string): Static<typeof DomainBody> {
  return { object: 'domain', ...domainListing(domain), records: recordBodies(domain, hostname) }
}

/** A check that was asked for and has not been made leaves what is already verified so. */
function statusOf({ state, checkRequested }: DomainDocument): string {
  const { status } = state.columns
  return checkRequested && status !== 'verified' ? 'pending' : status
}

function recordBodies(domain: DomainDocument, hostname: string): Static<typeof RecordBody>[] {
  const { id, name, returnPath, recordsFound: found, checkRequested: isChecking } = domain
  const selectors = domain.selectors.map(({ selector, publicKey }) => ({
    selector,
    publicKey: Buffer.from(publicKey, 'hex'),
  }))
  return expectedRecords({ id, name, returnPath, selectors }, hostname).map((record) => ({
    record: record.record,
    name: nameInZone(record.name, name),
    type: record.type,
    ttl: 'Auto',
    status: recordStatus(record, { found, isChecking }),
    value: record.value,
    ...(record.priority !== undefined && { priority: record.priority }),
  }))
}
