/**
 * Looking for messages. Addresses, domains and tags are known to the database by keyed hashes alone, so they are found
 * whole or not at all; subjects and Message-IDs of others' making are sealed and cannot be looked for here.
 */
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import { sealClass, secretKey, unseal } from '../../lib/seal.ts'
import { isUuid } from '../../lib/uuid.ts'
import { asciiDomain, explainMailbox, parseMailbox } from '../../mail/address.ts'
import type { VaultClient } from '../../vault/client.ts'
import { destinationIndex, recipientIndex, tagIndex } from './accept-message.ts'
import type { Stream } from './accept-queries.ts'
import { type Envelope, unpackEnvelope } from './envelope.ts'
import {
  type FoundMessage,
  type SealedFilter,
  type SearchedState,
  searchMessages,
} from './search-queries.ts'
import type { Asker, Senders } from './sender.ts'

export interface MessageFilter {
  /** An address, or a whole domain. */
  recipient?: string | undefined
  /** Our id, or the Message-ID header that was made of it. */
  messageId?: string | undefined
  /** `name:value`. */
  tag?: string | undefined
  state?: SearchedState | undefined
  stream?: Stream | undefined
  /** Accepted at that time or later. */
  from?: Date | undefined
  /** Accepted before that time. */
  to?: Date | undefined
  /** Only messages older than this one. */
  after?: string | undefined
  /** Only messages newer than this one. */
  newerThan?: string | undefined
}

export interface SearchDeps {
  sql: Sql
  vault: Pick<VaultClient, 'openFor' | 'keys'>
  senders: Pick<Senders, 'keys'>
}

export interface OpenedMessage extends Omit<FoundMessage, 'envelopeSealed' | 'accountId'> {
  envelope: Envelope
}

export interface MessagePage {
  messages: OpenedMessage[]
  /** Where to go on; null when there is nothing older. */
  next: string | null
}

/** What a search costs at most: it looks at no more messages than this and then says how far it came. */
export const walkLimit = 10_000

/** Newest first; what vault does not open is left out. */
export async function findMessages(
  deps: SearchDeps,
  asker: Asker,
  { filter, limit }: { filter: MessageFilter; limit: number },
): Promise<MessagePage> {
  const sealed = await sealFilter(deps, asker, filter)
  const asked = { filter: sealed, rowLimit: limit + 1, walkLimit }
  const { rows, walkedTo } = await searchMessages(deps.sql, asker.h1, asked)
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? (shown.at(-1)?.id ?? null) : walkedTo
  return { messages: await open(deps, asker, shown), next }
}

/** How many there are, counted up to `most`; nothing is opened. */
export async function countMessages(
  deps: SearchDeps,
  asker: Asker,
  { filter, most }: { filter: MessageFilter; most: number },
): Promise<number> {
  const sealed = await sealFilter(deps, asker, filter)
  const asked = { filter: sealed, rowLimit: most, walkLimit }
  return (await searchMessages(deps.sql, asker.h1, asked)).rows.length
}

async function open(
  { vault }: SearchDeps,
  { h1 }: Asker,
  rows: readonly FoundMessage[],
): Promise<OpenedMessage[]> {
  if (rows.length === 0) return []
  const keys = await vault.openFor(
    h1,
    rows.map(({ id }) => ({ kind: 'message', id })),
  )
  return rows.flatMap(({ envelopeSealed, accountId, ...row }, index) => {
    const key = keys[index]
    if (!key) return []
    const name = { accountId, recordId: row.id, class: sealClass.envelope }
    return [{ ...row, envelope: unpackEnvelope(unseal(secretKey(key), name, envelopeSealed)) }]
  })
}

async function sealFilter(
  deps: SearchDeps,
  asker: Asker,
  filter: MessageFilter,
): Promise<SealedFilter> {
  const { state = null, stream = null, after = null, recipient, tag } = filter
  return {
    ...{ after, state, stream, ...bounds(filter) },
    ...(await sealRecipient(deps, asker, recipient)),
    tag:
      tag === undefined ? null : tagIndex((await deps.senders.keys(asker)).indexKey, readTag(tag)),
  }
}

async function sealRecipient(
  { senders, vault }: SearchDeps,
  asker: Asker,
  recipient: string | undefined,
): Promise<Pick<SealedFilter, 'recipient' | 'destination'>> {
  if (recipient === undefined) return { recipient: null, destination: null }
  if (recipient.includes('@')) {
    const mailbox = parseMailbox(recipient)
    if (!mailbox)
      refuse('recipient', `is no address that mail goes to. ${explainMailbox(recipient)}`)
    const { indexKey } = await senders.keys(asker)
    return { recipient: recipientIndex(indexKey, mailbox.address), destination: null }
  }
  const domain = asciiDomain(recipient)
  if (domain === undefined)
    refuse('recipient', 'must be a whole address, or a whole domain such as `example.com`.')
  const { destinationKey } = await vault.keys()
  if (!destinationKey) throw new Error('vault gave no destination key')
  return { recipient: null, destination: destinationIndex(destinationKey, domain) }
}

/** The name ends at the first colon. */
function readTag(tag: string): { name: string; value: string } {
  const at = tag.indexOf(':')
  if (at > 0) return { name: tag.slice(0, at), value: tag.slice(at + 1) }
  refuse('tag', 'must be `name:value`, both as they were sent.')
}

function bounds({ messageId, from, to, newerThan }: MessageFilter) {
  if (messageId !== undefined) {
    const id = readMessageId(messageId)
    return { lowest: id, highest: id }
  }
  const lowest = from === undefined ? null : idAt(from.getTime(), '0')
  return {
    lowest: newerThan === undefined ? lowest : later(idAfter(newerThan), lowest),
    highest: to === undefined ? null : idAt(to.getTime() - 1, 'f'),
  }
}

/** Of a header that we made, the part before the @ is the id. */
function readMessageId(text: string): string {
  const id = /^<?([0-9a-f-]{36})(?:@[^<>\s]{1,255})?>?$/i.exec(text.trim())?.[1]
  if (id !== undefined && isUuid(id)) return id.toLowerCase()
  refuse(
    'message_id',
    'must be an id that Postern gave, or a Message-ID made of one; others are sealed.',
  )
}

/** The least or greatest id of that millisecond. */
function idAt(ms: number, digit: '0' | 'f'): string {
  return uuidText(Math.max(0, ms).toString(16).padStart(12, '0').slice(-12) + digit.repeat(20))
}

function idAfter(id: string): string {
  const next = BigInt(`0x${id.replaceAll('-', '')}`) + 1n
  return uuidText(next.toString(16).padStart(32, '0').slice(-32))
}

function uuidText(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function later(one: string, other: string | null): string {
  return other !== null && other > one ? other : one
}

function refuse(field: string, rule: string): never {
  throw new Refusal('invalid_parameter', `The \`${field}\` ${rule}`, { field })
}
