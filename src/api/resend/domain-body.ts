/** Domains as the Resend dialect shows them, with what we know beyond it. */
import { type Static, Type } from 'typebox'
import { keysOf } from '../../core/domains/domain-keys.ts'
import { nameInZone, unicodeName } from '../../core/domains/domain-name.ts'
import { obstacleOf, shownStatus, whyDmarc } from '../../core/domains/domain-words.ts'
import type { DomainDocument } from '../../core/domains/queries.ts'
import {
  dkimAliasRecords,
  dmarcAdvice,
  type ExpectedRecord,
  expectedRecords,
  foundOf,
  recordStatus,
} from '../../core/domains/records.ts'
import { exampleIds, Nullable } from './schemas.ts'

export const DomainParams = Type.Object({
  id: Type.String({ description: 'the id of the domain, a UUID' }),
})

const statuses = 'not_started, pending, verified or failed'

const Findings = {
  found: Nullable(
    Type.Array(Type.String(), {
      description: 'the values that stand in DNS; null before the first look',
    }),
  ),
  answered_by: Nullable(
    Type.String({ description: 'the address of the name server that answered; null before that' }),
  ),
  checked_at: Nullable(
    Type.String({ description: 'when that was, ISO 8601 in UTC; null before that' }),
  ),
  hint: Nullable(
    Type.String({ description: 'what is most likely wrong, in a sentence; null when nothing is' }),
  ),
}

const RecordBody = Type.Object(
  {
    record: Type.String({ description: 'what it is for: DKIM or SPF' }),
    name: Type.String({ description: 'its name, relative to the zone of the registered domain' }),
    type: Type.String({ description: 'TXT, MX or CNAME' }),
    ttl: Type.Literal('Auto', { description: 'any time to live will do' }),
    status: Type.String({
      description: `${statuses}; temporary_failure while the loss of a record does not count yet`,
    }),
    value: Type.String({ description: 'the value to publish' }),
    priority: Type.Optional(
      Type.Integer({ description: 'the preference of an MX record; not there for others' }),
    ),
    ...Findings,
  },
  { description: 'a record that the owner of the domain publishes' },
)

const Advice = Type.Object(
  {
    type: Type.Literal('TXT', { description: 'TXT' }),
    name: Type.String({ description: 'relative to the zone, as in records' }),
    value: Type.String({ description: 'a first policy, which asks for nothing but reports' }),
    why: Type.String({ description: 'what it is good for' }),
    ...Findings,
  },
  { description: 'a DMARC record; not part of the verification' },
)

const listingExample = {
  id: exampleIds.domain,
  name: 'mail.example.org',
  status: 'pending',
  created_at: '2026-03-02T09:00:00.000Z',
  region: 'us-east-1',
  open_tracking: false,
  click_tracking: false,
  capabilities: { sending: 'enabled', receiving: 'disabled' },
  tls: 'opportunistic',
  ed25519: false,
  custom_return_path: 'send',
}
const notLookedYet = { found: null, answered_by: null, checked_at: null, hint: null }
const createdExample = {
  ...listingExample,
  records: [
    {
      record: 'DKIM',
      name: 'postern1._domainkey.mail',
      type: 'TXT',
      ttl: 'Auto',
      status: 'not_started',
      value: 'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A…',
      ...notLookedYet,
    },
  ],
  checked_at: null,
  next_check_at: '2026-03-02T09:00:00.000Z',
  hint: null,
  advice: {
    dmarc: {
      type: 'TXT',
      name: '_dmarc.mail',
      value: 'v=DMARC1; p=none;',
      why: whyDmarc('mail.example.org'),
      ...notLookedYet,
    },
  },
}
export const domainExamples = {
  created: createdExample,
  shown: { object: 'domain', ...createdExample },
}

export const DomainListing = Type.Object(
  {
    id: Type.String({ description: 'the id of the domain, a UUID' }),
    name: Type.String({ description: 'the domain in lower-case A-labels' }),
    unicode_name: Type.Optional(
      Type.String({ description: 'the domain in U-labels, when that differs' }),
    ),
    status: Type.String({ description: `${statuses}; mail leaves from a verified domain only` }),
    created_at: Type.String({ description: 'when it was added, ISO 8601 in UTC' }),
    region: Type.String({ description: 'as given; it has no meaning here' }),
    open_tracking: Type.Boolean({ description: 'false: opens are not tracked' }),
    click_tracking: Type.Boolean({ description: 'false: clicks are not tracked' }),
    capabilities: Type.Object(
      {
        sending: Type.String({ description: 'enabled' }),
        receiving: Type.String({ description: 'disabled' }),
      },
      { description: 'what the domain is for' },
    ),
    tls: Type.Union([Type.Literal('opportunistic'), Type.Literal('enforced')], {
      description: 'whether its mail is offered to hosts without TLS',
    }),
    ed25519: Type.Boolean({ description: 'whether an Ed25519 key signs beside the RSA one' }),
    custom_return_path: Type.String({ description: 'the label under which bounces return' }),
  },
  { examples: [listingExample] },
)

export const DomainBody = Type.Object(
  {
    object: Type.Literal('domain', { description: 'domain' }),
    ...DomainListing.properties,
    records: Type.Array(RecordBody, { description: 'what is to be published' }),
    checked_at: Nullable(
      Type.String({
        description: 'when the records were last looked for, ISO 8601 in UTC; null: not yet',
      }),
    ),
    next_check_at: Nullable(
      Type.String({
        description: 'when they are looked for next, ISO 8601 in UTC; null: when asked',
      }),
    ),
    hint: Nullable(
      Type.String({
        description:
          'what no single record can say of the domain, in a sentence; null when there is nothing to say',
      }),
    ),
    advice: Type.Object({ dmarc: Advice }, { description: 'worth publishing besides' }),
  },
  { description: 'The domain with its records.', examples: [domainExamples.shown] },
)

export interface DomainView {
  hostname: string
  /** How DKIM keys are published: themselves, or by an alias to us. */
  dkim: 'txt' | 'cname'
}

export function domainListing(domain: DomainDocument): Static<typeof DomainListing> {
  const { id, name, createdAt, region, tls, state } = domain
  const unicode = unicodeName(name)
  return {
    id,
    name,
    ...(unicode !== undefined && { unicode_name: unicode }),
    status: shownStatus(domain),
    created_at: time(createdAt),
    region,
    open_tracking: false,
    click_tracking: false,
    capabilities: { sending: 'enabled', receiving: 'disabled' },
    tls,
    ed25519: state.columns.options?.ed25519Selector !== undefined,
    custom_return_path: keysOf(domain).returnPath,
  }
}

export function domainBody(
  domain: DomainDocument,
  { hostname, dkim }: DomainView,
): Static<typeof DomainBody> {
  const keys = keysOf(domain)
  const records =
    dkim === 'cname' ? dkimAliasRecords(keys, hostname) : expectedRecords(keys, hostname)
  const { checkedAt, nextCheckAt } = domain
  return {
    object: 'domain',
    ...domainListing(domain),
    records: records.map((record) => recordBody(record, domain)),
    checked_at: checkedAt === null ? null : time(checkedAt),
    next_check_at: nextCheckAt === null ? null : time(nextCheckAt),
    hint: hintOn(domain),
    advice: { dmarc: adviceBody(domain) },
  }
}

const heldBack =
  'The key is found, but the name was verified before and is not free yet. Claim it with POST /domains/claim, or wait: this is looked at again, and goes through once the earlier keys are gone from DNS for a day.'

const unanswered =
  'No name server could say whether the key is there; this is looked at again soon.'

function hintOn(domain: DomainDocument): string | null {
  const obstacle = obstacleOf(domain)
  if (obstacle === null) return null
  return obstacle === 'held' ? heldBack : unanswered
}

function recordBody(record: ExpectedRecord, domain: DomainDocument): Static<typeof RecordBody> {
  const { recordsFound: found, checkRequested: isChecking } = domain
  return {
    record: record.record,
    name: nameInZone(record.name, domain.name),
    type: record.type,
    ttl: 'Auto',
    status: recordStatus(record, { found, isChecking }),
    value: record.value,
    ...(record.priority !== undefined && { priority: record.priority }),
    ...findingsOf(record, domain),
  }
}

function adviceBody(domain: DomainDocument): Static<typeof Advice> {
  const record = dmarcAdvice(domain.name)
  return {
    type: 'TXT',
    name: nameInZone(record.name, domain.name),
    value: record.value,
    why: whyDmarc(domain.name),
    ...findingsOf(record, domain),
  }
}

function findingsOf(record: ExpectedRecord, { recordsFound }: DomainDocument) {
  const known = foundOf(record, recordsFound)
  return {
    found: known?.values ?? null,
    answered_by: known?.answeredBy ?? null,
    checked_at: known ? time(known.at) : null,
    hint: known?.hint ?? null,
  }
}

function time(at: number): string {
  return new Date(at).toISOString()
}
