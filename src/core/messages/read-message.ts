/** Reading an account's own messages: vault gives the keys to whoever shows a key with full access, and notes it. */
import type { KeyObject } from 'node:crypto'
import type { Sql } from '../../db/sql.ts'
import { sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { VaultClient } from '../../vault/client.ts'
import type { Stream } from './accept-queries.ts'
import {
  type Content,
  type Envelope,
  type PartsContent,
  unpackContent,
  unpackEnvelope,
} from './envelope.ts'
import {
  type DeliveryState,
  findMessage,
  listMessages,
  type MessageEvent,
  type SealedDelivery,
  type SealedListing,
  type SealedMessage,
  type SealedTry,
} from './read-queries.ts'
import { readable } from './readable-content.ts'

/** What both sides said, as deliver sealed it: the deciding reply, and the whole dialogue when it was not accepted. */
export interface Conversation {
  reply: string[]
  conversation?: string[]
}

export type DeliveryTry = Omit<SealedTry, 'conversationSealed'> & { said: Conversation | null }

export type Delivery = Omit<SealedDelivery, 'tries'> & { recipient: string; tries: DeliveryTry[] }

export interface Message {
  id: string
  createdAt: Date
  expiresAt: Date
  scheduledAt: Date | null
  stream: Stream
  sizeBytes: number
  keyVersion: number
  envelope: Envelope
  content: PartsContent
  /** As it was accepted; null once it was discarded. */
  original: Content | null
  /** It was discarded, so that `content` is empty. */
  isContentGone: boolean
  /** Why an attachment could not be fetched, in one word; null when none has failed. */
  attachmentFailure: string | null
  deliveries: Delivery[]
  events: MessageEvent[]
}

export interface MessageListing {
  id: string
  createdAt: Date
  scheduledAt: Date | null
  envelope: Envelope
  states: DeliveryState[]
  isDeferred: boolean
  lacksAttachment: boolean
}

interface ReadDeps {
  sql: Sql
  vault: VaultClient
}

/** Undefined when the account has no such message, or vault does not open it for this key. */
export async function readMessage(
  { sql, vault }: ReadDeps,
  h1: Buffer,
  messageId: string,
): Promise<Message | undefined> {
  const sealed = await findMessage(sql, h1, messageId)
  if (!sealed) return undefined
  const [key] = await vault.openFor(h1, [{ kind: 'message', id: sealed.id }])
  return key ? openMessage(sealed, secretKey(key)) : undefined
}

/** What vault does not open is left out. */
export async function readMessages(
  { sql, vault }: ReadDeps,
  h1: Buffer,
  page: { after: string | null; before: string | null; rowLimit: number },
): Promise<MessageListing[]> {
  const rows = await listMessages(sql, h1, page)
  if (rows.length === 0) return []
  const keys = await vault.openFor(
    h1,
    rows.map(({ id }) => ({ kind: 'message', id })),
  )
  return rows.flatMap((row, index) => {
    const key = keys[index]
    return key ? [openListing(row, secretKey(key))] : []
  })
}

function openListing(row: SealedListing, key: KeyObject): MessageListing {
  const { id, createdAt, scheduledAt, accountId, states } = row
  const name = { accountId, recordId: id, class: sealClass.envelope }
  const envelope = unpackEnvelope(unseal(key, name, row.envelopeSealed))
  return {
    id,
    createdAt,
    scheduledAt,
    envelope,
    states,
    isDeferred: row.deferred,
    lacksAttachment: row.lacksAttachment,
  }
}

function openMessage(sealed: SealedMessage, key: KeyObject): Message {
  const { id, createdAt, expiresAt, scheduledAt, stream, sizeBytes, keyVersion, events } = sealed
  const name = { accountId: sealed.accountId, recordId: id }
  const envelope = unpackEnvelope(
    unseal(key, { ...name, class: sealClass.envelope }, sealed.envelopeSealed),
  )
  const original = openContent(sealed, key)
  const deliveries = openDeliveries(sealed, envelope, key)
  return {
    id,
    createdAt,
    expiresAt,
    scheduledAt,
    stream,
    sizeBytes,
    keyVersion,
    envelope,
    content: original ? readable(original) : { html: null, text: null },
    original,
    isContentGone: sealed.contentSealed === null,
    attachmentFailure: sealed.attachmentFailure,
    deliveries,
    events,
  }
}

/** With their recipients, and what hosts have said. */
export function openDeliveries(
  { id, accountId, deliveries }: Pick<SealedMessage, 'id' | 'accountId' | 'deliveries'>,
  envelope: Envelope,
  key: KeyObject,
): Delivery[] {
  const name = { accountId, recordId: id, class: sealClass.conversation }
  const said = (bytes: string | null): Conversation | null => {
    if (bytes === null) return null
    const opened = unseal(key, name, Buffer.from(bytes, 'base64'))
    return JSON.parse(opened.toString('utf8')) as Conversation // deliver wrote it, the seal proves it
  }
  return deliveries.map((delivery) => ({
    ...delivery,
    recipient: envelope.recipients[delivery.n] ?? '',
    tries: delivery.tries.map(({ conversationSealed, ...one }) => ({
      ...one,
      said: said(conversationSealed),
    })),
  }))
}

function openContent(sealed: SealedMessage, key: KeyObject): Content | null {
  if (!sealed.contentSealed) return null
  const name = { accountId: sealed.accountId, recordId: sealed.id, class: sealClass.content }
  return unpackContent(unseal(key, name, sealed.contentSealed))
}
