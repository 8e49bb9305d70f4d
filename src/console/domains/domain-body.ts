/** Domains as the dashboard sees them: each record as it should stand in DNS, and as it was found there. */
import { type Static, Type } from 'typebox'
import { returnPathLabel, standbyReplaceableAt } from '../../core/domains/check-domain.ts'
import { keysOf } from '../../core/domains/domain-keys.ts'
import { nameInZone, unicodeName, zoneOf } from '../../core/domains/domain-name.ts'
import { obstacleOf, shownStatus, whyDmarc } from '../../core/domains/domain-words.ts'
import { ownSpfRecord } from '../../core/domains/own-spf.ts'
import type { DomainDocument } from '../../core/domains/queries.ts'
import {
  dkimAliasRecords,
  dmarcAdvice,
  type ExpectedRecord,
  expectedRecords,
  foundOf,
  recordStatus,
} from '../../core/domains/records.ts'
import { spfLookupsMax, spfVoidsMax } from '../../mail/spf-lookups.ts'
import { closed, orNull, Time, timeText } from '../lists.ts'

const Tls = Type.Enum(['opportunistic', 'enforced'], {
  description: '`opportunistic` or `enforced`: whether its mail goes to hosts without TLS',
})
const Ed25519 = Type.Boolean({
  description: 'true or false: whether an Ed25519 key signs beside the RSA one (RFC 8463)',
})

export const NewDomainBody = Type.Object(
  {
    name: Type.String({ maxLength: 1_000, description: 'a domain name such as mail.example.com' }),
    custom_return_path: Type.Optional(
      Type.String({
        maxLength: 63,
        description: `one label under the domain, under which bounces return; else \`${returnPathLabel}\``,
      }),
    ),
    tls: Type.Optional(Tls),
    ed25519: Type.Optional(Ed25519),
  },
  { ...closed, examples: [{ name: 'mail.example.com' }] },
)

export const DomainChangeBody = Type.Object(
  { tls: Type.Optional(Tls), ed25519: Type.Optional(Ed25519) },
  { ...closed, minProperties: 1, examples: [{ tls: 'enforced' }] },
)

export const DomainQuery = Type.Object(
  {
    dkim: Type.Optional(
      Type.Enum(['txt', 'cname'], {
        description:
          '`txt` or `cname`: keys published as they are, or by an alias that follows them',
      }),
    ),
  },
  closed,
)

const Findings = {
  status: Type.Enum(['not_started', 'pending', 'verified', 'temporary_failure', 'failed'], {
    description: '`temporary_failure` while the loss of a record does not count yet',
  }),
  found: orNull(
    Type.Array(Type.String()),
    'the values that stand in DNS, none where there are none; null before the first look',
  ),
  answered_by: orNull(Type.String(), 'the name server that said so; null before that'),
  checked_at: orNull(Time, 'when that was; null before that'),
  hint: orNull(Type.String(), 'what is most likely wrong, in a sentence; null when nothing is'),
}

const RecordBody = Type.Object(
  {
    purpose: Type.Enum(['dkim', 'dkim_standby', 'return_path', 'dmarc'], {
      description: '`dkim_standby`: a key that stands ready; `dmarc`: advice, never demanded',
    }),
    type: Type.Enum(['TXT', 'MX', 'CNAME'], { description: 'the type of the record' }),
    name: Type.String({ description: 'its whole name' }),
    name_in_zone: Type.String({ description: 'its name as it is entered at the zone' }),
    value: Type.String({ description: 'the value to publish' }),
    priority: orNull(Type.Integer(), 'the preference of an MX record; null for others'),
    ...Findings,
    lookups: orNull(
      Type.Integer(),
      `of an SPF record: DNS look-ups that evaluating it takes, at most ${spfLookupsMax}; null for others`,
    ),
  },
  { ...closed, description: 'a record that the owner of the domain publishes' },
)

const OwnSpfBody = Type.Object(
  {
    name: Type.String({ description: 'where it stands: the domain itself' }),
    found: Type.Array(Type.String(), { description: 'the SPF records that stand there' }),
    is_error: Type.Boolean({ description: 'whether receivers take it for an error (permerror)' }),
    lookups: orNull(
      Type.Integer(),
      `DNS look-ups that evaluating it takes, at most ${spfLookupsMax}; null where several stand there`,
    ),
    void_lookups: orNull(
      Type.Integer(),
      `of these, those that find nothing, at most ${spfVoidsMax}; null where several stand there`,
    ),
    hint: Findings.hint,
    answered_by: Type.String({ description: 'the name server that said so' }),
    checked_at: Type.String({ format: 'date-time', description: 'when that was' }),
  },
  { ...closed, description: 'the SPF record of the domain itself: advice, never demanded' },
)

export const DomainListing = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'the id of the domain' }),
    name: Type.String({ description: 'the domain in lower-case A-labels' }),
    unicode_name: orNull(
      Type.String(),
      'the domain as its owner writes it; null where that is the same',
    ),
    status: Type.Enum(
      [
        'not_started',
        'pending',
        'verified',
        'failed',
        'partially_verified',
        'partially_failed',
        'deleted',
      ],
      { description: 'mail leaves from a verified domain only' },
    ),
    created_at: Type.String({ format: 'date-time', description: 'when it was added' }),
    checked_at: orNull(Time, 'when its records were last looked for; null: not yet'),
  },
  closed,
)

export const DomainBody = Type.Object(
  {
    ...DomainListing.properties,
    is_checking: Type.Boolean({ description: 'whether a check was asked for and is not made yet' }),
    next_check_at: orNull(Time, 'when it is looked for next; null: when asked'),
    obstacle: orNull(
      Type.Enum(['held', 'unanswered']),
      '`held`: the key is found, but the name is not free yet; `unanswered`: no name server could say',
    ),
    zone: Type.String({ description: 'the registered domain, in whose zone records are entered' }),
    return_path: Type.String({ description: 'where bounces return' }),
    return_path_ready: Type.Boolean({
      description: 'whether bounces do return there; else to the installation’s own name',
    }),
    tls: Tls,
    ed25519: Ed25519,
    active_selector: Type.String({ description: 'the selector of the key that signs' }),
    standby_selector: Type.String({ description: 'the selector of the key that stands ready' }),
    rotated_at: orNull(Time, 'when the two last changed places; null: never'),
    standby_replaceable_at: orNull(
      Time,
      'from when another standby key may be made; null: at any time',
    ),
    records: Type.Array(RecordBody, {
      description: 'what is to be published, and what is advised',
    }),
    dmarc_advice: Type.String({ description: 'what a DMARC record is good for' }),
    own_spf: orNull(OwnSpfBody, 'null where it has none, and before the first look'),
  },
  { ...closed, description: 'The domain with its records.' },
)

type Status = Static<typeof DomainListing>['status']

export function domainListing(domain: DomainDocument): Static<typeof DomainListing> {
  const { id, name, createdAt, checkedAt } = domain
  return {
    id,
    name,
    unicode_name: unicodeName(name) ?? null,
    status: shownStatus(domain) as Status, // the states of a domain and no other
    created_at: timeText(createdAt),
    checked_at: timeOrNull(checkedAt),
  }
}

export function domainBody(
  domain: DomainDocument,
  { hostname, dkim }: { hostname: string; dkim: 'txt' | 'cname' },
): Static<typeof DomainBody> {
  const { name, checkRequested, nextCheckAt, tls, state } = domain
  const keys = keysOf(domain)
  const expected =
    dkim === 'cname' ? dkimAliasRecords(keys, hostname) : expectedRecords(keys, hostname)
  return {
    ...domainListing(domain),
    is_checking: checkRequested,
    next_check_at: timeOrNull(nextCheckAt),
    obstacle: obstacleOf(domain),
    zone: zoneOf(name),
    return_path: `${keys.returnPath}.${name}`,
    return_path_ready: state.columns.returnPathReady,
    tls,
    ed25519: state.columns.options?.ed25519Selector !== undefined,
    active_selector: state.columns.activeSelector,
    standby_selector: state.columns.standbySelector,
    rotated_at: timeOrNull(state.columns.options?.rotatedAt ?? null),
    standby_replaceable_at: timeOrNull(standbyReplaceableAt(state.columns)),
    records: [...expected, dmarcAdvice(name)].map((record) => recordBody(record, domain)),
    dmarc_advice: whyDmarc(name),
    own_spf: ownSpfBody(domain),
  }
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : timeText(at)
}

function recordBody(record: ExpectedRecord, domain: DomainDocument): Static<typeof RecordBody> {
  const { recordsFound: found, checkRequested: isChecking } = domain
  const known = foundOf(record, found)
  return {
    purpose: purposeOf(record, domain),
    type: record.type as Static<typeof RecordBody>['type'], // owners publish no others
    name: record.name,
    name_in_zone: nameInZone(record.name, domain.name),
    value: record.value,
    priority: record.priority ?? null,
    status: recordStatus(record, { found, isChecking }),
    found: known?.values ?? null,
    answered_by: known?.answeredBy ?? null,
    checked_at: known ? timeText(known.at) : null,
    hint: known?.hint ?? null,
    lookups: known?.lookups ?? null,
  }
}

function purposeOf(
  { record, name: recordName }: ExpectedRecord,
  { name, state }: DomainDocument,
): Static<typeof RecordBody>['purpose'] {
  if (record === 'DMARC') return 'dmarc'
  if (record !== 'DKIM') return 'return_path'
  return recordName === `${state.columns.standbySelector}._domainkey.${name}`
    ? 'dkim_standby'
    : 'dkim'
}

function ownSpfBody({ name, recordsFound }: DomainDocument): Static<typeof OwnSpfBody> | null {
  const known = foundOf(ownSpfRecord(name), recordsFound)
  if (known === undefined) return null
  return {
    name,
    found: known.values,
    is_error: known.status !== 'verified',
    lookups: known.lookups ?? null,
    void_lookups: known.voids ?? null,
    hint: known.hint,
    answered_by: known.answeredBy,
    checked_at: timeText(known.at),
  }
}
