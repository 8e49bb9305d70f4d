/**
 * The one door: every message of every dialect and protocol enters here. It is sealed, grouped with what else waits, and
 * acknowledged when it is on disk.
 */
import { createHash, createHmac, type KeyObject } from 'node:crypto'
import { DatabaseFailure, type Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { attachmentKey, seal, sealClass, secretKey } from '../../lib/seal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import { normaliseAddress } from '../../mail/address.ts'
import { inactiveSomehow } from '../accounts/inactive.ts'
import { type DraftAttachment, packDescription } from '../attachments/description.ts'
import { bringsUnsubscribe } from '../unsubscribes/brings-unsubscribe.ts'
import { unsubscribeHash } from '../unsubscribes/link.ts'
import {
  type AcceptAnswer,
  acceptMessages,
  type SealedAttachment,
  type SealedMessage,
  type SealedRequest,
  type Stream,
  wakeDeliver,
} from './accept-queries.ts'
import { CommitGroups } from './commit-groups.ts'
import { type Content, type Envelope, packContent, packEnvelope } from './envelope.ts'
import { lifetimeMs } from './lifetime.ts'
import { demandMaySend, streamRefused } from './may-send.ts'
import { overQuota } from './quota.ts'
import type { Sender, Senders } from './sender.ts'

export interface Draft {
  /** The message's id, where it stands in the message itself; absent: a new one. */
  id?: string
  envelope: Envelope
  content: Content
  stream: Stream
  /** Absent: as soon as may be. */
  scheduledAt?: Date
  attachments?: readonly DraftAttachment[]
}

export interface Idempotency {
  key: string
  /** Method and path: the same key at another endpoint is another key. */
  endpoint: string
  /** The request's body as it came. */
  body: Buffer
}

export interface DoorDeps {
  sql: Sql
  senders: Senders
  clock: Clock
  /** Keys the hash that stands for a recipient's domain. */
  destinationKey: () => Promise<KeyObject>
  /** Whether bulk mail that brings no way to leave it gets one: there is an address for links to begin with. */
  addsUnsubscribe: boolean
}

/** What may wait in memory for a commit; beyond it the door answers `unavailable` rather than grow. */
const pendingMax = 5_000
const pendingBytesMax = 192 * 1024 * 1024
/** A wake-up is asked for at most this often; deliver looks by itself while it is busy. */
const wakeEveryMs = 200

export class MessageDoor {
  private readonly deps: DoorDeps
  private readonly groups: CommitGroups<SealedRequest, AcceptAnswer>
  /** Idempotency keys whose first call has not been answered yet. */
  private readonly running = new Set<string>()
  private wakeTimer: NodeJS.Timeout | undefined
  private lastWakeAt = 0

  constructor(deps: DoorDeps) {
    this.deps = deps
    this.groups = new CommitGroups((requests) => acceptMessages(deps.sql, requests), {
      commitsMax: 1,
      itemsMax: 200,
      bytesMax: 4 * 1024 * 1024,
      bytesOf: requestBytes,
    })
  }

  /**
   * Accepts all drafts or none; resolves with their message ids, once they are on disk. Safe to call again with the same
   * idempotency key for 24 hours: the same body gets the same ids and nothing is sent twice.
   */
  async accept(
    sender: Sender,
    drafts: Draft[],
    idempotency: Idempotency | null,
  ): Promise<string[]> {
    demandMaySend(sender, drafts)
    if (this.groups.pending >= pendingMax || this.groups.pendingBytes >= pendingBytesMax) {
      throw busy()
    }
    const key = idempotency && (await this.hashKey(sender, idempotency))
    const name = key?.keyHash.toString('base64')
    if (name && this.running.has(name)) {
      throw new Refusal(
        'concurrent_request',
        'The same Idempotency-Key is in use by a request that is still running. Wait for its answer.',
      )
    }
    if (name) this.running.add(name)
    try {
      const messages: SealedMessage[] = []
      for (const draft of drafts) messages.push(await this.sealDraft(sender, draft))
      const answer = await this.groups.add({ h1: sender.h1, idempotency: key, messages })
      return this.idsOf(answer, sender, messages)
    } catch (error) {
      throw error instanceof DatabaseFailure && error.isOutage ? busy(error) : error
    } finally {
      if (name) this.running.delete(name)
    }
  }

  private async hashKey(sender: Sender, { key, endpoint, body }: Idempotency) {
    const { indexKey } = await this.deps.senders.keys(sender)
    const hmac = (...parts: (string | Buffer)[]) => {
      const hash = createHmac('sha256', indexKey)
      for (const part of parts) hash.update(part)
      return hash.digest()
    }
    const keyHash = hmac('idempotency key\0', endpoint, '\0', key).subarray(0, 16)
    // Keyed: a plain hash of a short body could be guessed from the database.
    return {
      keyHash,
      requestHash: hmac('request\0', createHash('sha256').update(body).digest()).subarray(0, 16),
    }
  }

  private async sealDraft(
    sender: Sender,
    { id: given, envelope, content, stream, scheduledAt, attachments = [] }: Draft,
  ): Promise<SealedMessage> {
    const { senders, clock } = this.deps
    const [session, { indexKey }, destinationKey] = await Promise.all([
      senders.session(sender),
      senders.keys(sender),
      this.deps.destinationKey(),
    ])
    const domain = await senders.domain(sender, envelope.fromDomain)
    const now = clock.now()
    const id = given ?? uuidv7(now)
    const key = session.keyFor(id)
    const record = { accountId: sender.accountId, recordId: id }
    const sealed = attachments.map((each) => sealAttachment(each, { key, record, nowMs: now }))
    const unsubscribes =
      this.deps.addsUnsubscribe && stream === 'bulk' && !bringsUnsubscribe(envelope, content)
    const kept: Envelope = {
      ...envelope,
      // How many there are, so that nobody has to ask for those of messages without.
      ...(sealed.length > 0 && { attachments: sealed.length }),
      ...(domain?.requiresTls && { requiresTls: true }),
      ...(unsubscribes && { unsubscribes }),
    }
    return {
      id,
      stream,
      scheduledAt: scheduledAt ?? null,
      expiresAt: new Date((scheduledAt?.getTime() ?? now) + lifetimeMs),
      sizeBytes: sizeOf(content) + sealed.reduce((sum, each) => sum + each.sizeBytes, 0),
      keyVersion: session.keyVersion,
      sessionPublic: session.publicKey,
      envelope: seal(key, { ...record, class: sealClass.envelope }, packEnvelope(kept)),
      content: seal(key, { ...record, class: sealClass.content }, packContent(content)),
      recipients: envelope.recipients.map((address, n) => ({
        index: recipientIndex(indexKey, address),
        destination: destinationOf(destinationKey, address),
        unsubscribeH2: unsubscribes ? unsubscribeHash(key, n) : null,
      })),
      tagIndexes: envelope.tags.map((tag) => tagIndex(indexKey, tag)),
      domainId: domain?.domainId || null,
      attachments: sealed,
    }
  }

  private idsOf(
    { outcome, messageIds }: AcceptAnswer,
    sender: Sender,
    messages: SealedMessage[],
  ): string[] {
    switch (outcome) {
      case 'accepted':
        this.wake()
        return messages.map((message) => message.id)
      case 'replayed':
        return messageIds ?? []
      case 'key_conflict':
        throw new Refusal(
          'idempotency_conflict',
          'This Idempotency-Key was used with another body within 24 hours. Use a new key, or send the same body.',
        )
      case 'over_quota':
      case 'key_over_quota':
        throw overQuota(outcome)
      case 'blocked':
        this.deps.senders.review(sender.h1)
        throw inactiveSomehow()
      case 'stream_refused':
        throw streamRefused()
      case 'unknown_proof':
        this.deps.senders.forget(sender.h1)
        throw new Refusal(
          'invalid_key',
          'The API key is unknown, revoked or expired; make a new one.',
        )
    }
  }

  /** Asks for a wake-up now, or when the last one is long enough ago; deliver polls anyway, so a failure is no matter. */
  private wake(): void {
    if (this.wakeTimer) return
    const now = this.deps.clock.now()
    const delay = Math.max(0, this.lastWakeAt + wakeEveryMs - now)
    this.wakeTimer = setTimeout(() => {
      this.wakeTimer = undefined
      this.lastWakeAt = this.deps.clock.now()
      wakeDeliver(this.deps.sql).catch(() => {})
    }, delay)
  }
}

function busy(cause?: unknown): Refusal {
  return new Refusal(
    'unavailable',
    'The message could not be stored. Try again in a second; with an Idempotency-Key it is never sent twice.',
    {
      cause,
      retryAfterSeconds: 1,
    },
  )
}

function requestBytes({ messages }: SealedRequest): number {
  let bytes = 0
  for (const { envelope, content, attachments } of messages) {
    bytes += envelope.length + content.length
    for (const attachment of attachments) bytes += attachment.content?.length ?? 0
  }
  return bytes
}

function sizeOf(content: Content): number {
  if ('raw' in content) return content.raw.length
  return (content.html?.length ?? 0) + (content.text?.length ?? 0)
}

function sealAttachment(
  { description, bytes }: DraftAttachment,
  {
    key,
    record,
    nowMs,
  }: { key: KeyObject; record: { accountId: string; recordId: string }; nowMs: number },
): SealedAttachment {
  const id = uuidv7(nowMs)
  const own = secretKey(attachmentKey(key, id))
  const name = { accountId: record.accountId, recordId: id }
  const described = packDescription(description)
  return {
    id,
    description: seal(own, { ...name, class: sealClass.attachmentDescription }, described),
    sizeBytes: bytes?.length ?? 0,
    content: bytes && seal(own, { ...name, class: sealClass.attachment }, bytes),
  }
}

/** Stands for a tag within one account. */
export function tagIndex(indexKey: KeyObject, { name, value }: Envelope['tags'][number]): Buffer {
  const text = `tag\0${name}=${value}`
  return createHmac('sha256', indexKey).update(text).digest().subarray(0, 8)
}

/** Stands for a recipient within one account: equal addresses give equal bytes, and nothing else can be told. */
export function recipientIndex(indexKey: KeyObject, address: string): Buffer {
  return createHmac('sha256', indexKey).update(normaliseAddress(address)).digest().subarray(0, 16)
}

/** Stands for a recipient's domain within the installation, for fairness between destinations. */
function destinationOf(destinationKey: KeyObject, address: string): Buffer {
  return destinationIndex(destinationKey, address.slice(address.lastIndexOf('@') + 1).toLowerCase())
}

/** `domain` in lower-case A-labels. */
export function destinationIndex(destinationKey: KeyObject, domain: string): Buffer {
  return createHmac('sha256', destinationKey).update(domain).digest().subarray(0, 8)
}
