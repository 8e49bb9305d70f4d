/**
 * From sealed bytes to a signed message in wire form. Vault gives the keys and the signatures, both for many messages at
 * once; recipients of a message get the same bytes, made once, unless each has a link of its own.
 */
import type { KeyObject } from 'node:crypto'
import { unpackDescription } from '../core/attachments/description.ts'
import type { ClaimedAttachment } from '../core/deliveries/queries.ts'
import { type Envelope, unpackContent, unpackEnvelope } from '../core/messages/envelope.ts'
import { DatabaseFailure } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'
import { attachmentKey, sealClass, secretKey, unseal } from '../lib/seal.ts'
import type { Attachment } from '../mail/attachment.ts'
import { bodyHash } from '../mail/dkim.ts'
import { dotStuff } from '../mail/mime.ts'
import type { Signed, SignItem, SigningRefusal, VaultClient } from '../vault/client.ts'
import { compose, isAscii } from './compose.ts'
import { type Copy, copiesOf, type LinkBase } from './copies.ts'
import type { PreparedCache } from './prepared-cache.ts'

export interface SealedMessage {
  accountId: string
  messageId: string
  createdAt: Date
  envelopeSealed: Buffer
  /** null: to be fetched. */
  contentSealed: Buffer | null
  /** Numbers of the deliveries that are to be made now. */
  ns: readonly number[]
}

export interface PreparedMessage {
  envelope: Envelope
  /** The message's own key, with which conversations about it are sealed. */
  key: KeyObject
  /** Dot-stuffed, with all headers, without the final dot. Copies of one message share the part that is its body. */
  wire: Buffer[]
  /** Before dot-stuffing. */
  bytes: number
  /** A header has characters beyond ASCII (RFC 6532). */
  hasUtf8Headers: boolean
  /** Its way needs 8BITMIME (RFC 6152). */
  isEightBit: boolean
  selector: string
  /** Where the sender's domain takes bounces; null: at our own name. */
  returnPath: string | null
}

export type Preparation =
  | { kind: 'ready'; copyFor: (n: number) => PreparedMessage | undefined }
  /** Vault or the database is away: nothing is said about the message. */
  | { kind: 'wait'; error: Error }
  | { kind: 'refused'; reason: SigningRefusal; key?: KeyObject }
  /** Bytes that do not open, or that no message can be made of. */
  | { kind: 'broken'; error: unknown }

export interface PrepareDeps {
  vault: Pick<VaultClient, 'openLeased' | 'sign'>
  fetchContent: (name: SealedMessage) => Promise<Buffer | undefined>
  /** Asked for the messages whose envelope says that there are some. */
  fetchAttachments: (name: SealedMessage) => Promise<ClaimedAttachment[]>
  linkBase: LinkBase
  cache: PreparedCache
}

/** Composed and waiting for its signatures. */
interface Draft {
  sealed: SealedMessage
  key: KeyObject
  envelope: Envelope
  body: Buffer
  hasEightBitBody: boolean
  copies: DraftCopy[]
}

interface DraftCopy extends Copy {
  item: SignItem
}

/** Vault takes no more in one request. */
const signItemsMax = 256
const signHeadersBytesMax = 768 * 1024
/** Composing so many takes some milliseconds; then the sockets have their turn. */
const composedAtOnce = 32

/** Answers for each message, in the order asked; at most 256 at a time, as vault takes them. */
export async function prepareMessages(
  sealed: readonly SealedMessage[],
  deps: PrepareDeps,
): Promise<Preparation[]> {
  const answers = new Map<string, Preparation>()
  const unknown: SealedMessage[] = []
  for (const each of sealed) {
    const message = deps.cache.find(each.messageId)
    if (message) answers.set(each.messageId, { kind: 'ready', copyFor: () => message })
    else unknown.push(each)
  }
  try {
    if (unknown.length > 0) await makeReady(unknown, deps, answers)
  } catch (error) {
    if (!isOutage(error)) throw error
    for (const { messageId } of unknown) {
      if (!answers.has(messageId)) answers.set(messageId, { kind: 'wait', error })
    }
  }
  return sealed.map(
    ({ messageId }) => answers.get(messageId) ?? { kind: 'refused', reason: 'not_leased' },
  )
}

function isOutage(error: unknown): error is Error {
  if (error instanceof Refusal) return error.code === 'unavailable'
  return error instanceof DatabaseFailure && error.isOutage
}

/** Vault forgets at its restart what it opened for us, so what it then does not sign is opened once more. */
async function makeReady(
  unknown: readonly SealedMessage[],
  deps: PrepareDeps,
  answers: Map<string, Preparation>,
): Promise<void> {
  const drafts = await draftMessages(unknown, deps, answers)
  await signDrafts(drafts, deps, answers)
  const again = drafts.filter(({ sealed }) => {
    const answer = answers.get(sealed.messageId)
    return answer?.kind === 'refused' && answer.reason === 'not_leased'
  })
  if (again.length === 0) return
  for (const { sealed } of again) answers.delete(sealed.messageId)
  await deps.vault.openLeased(namesOf(again.map(({ sealed }) => sealed)))
  await signDrafts(again, deps, answers)
}

async function draftMessages(
  unknown: readonly SealedMessage[],
  deps: PrepareDeps,
  answers: Map<string, Preparation>,
): Promise<Draft[]> {
  const keys = await deps.vault.openLeased(namesOf(unknown))
  const drafts: Draft[] = []
  for (const [index, sealed] of unknown.entries()) {
    const key = keys[index]
    if (!key) {
      answers.set(sealed.messageId, { kind: 'refused', reason: 'not_leased' })
      continue
    }
    if (index % composedAtOnce === composedAtOnce - 1) await new Promise(setImmediate)
    try {
      drafts.push(await draft(sealed, secretKey(key), deps))
    } catch (error) {
      if (isOutage(error)) throw error
      answers.set(sealed.messageId, { kind: 'broken', error })
    }
  }
  return drafts
}

function namesOf(sealed: readonly SealedMessage[]): { accountId: string; messageId: string }[] {
  return sealed.map(({ accountId, messageId }) => ({ accountId, messageId }))
}

async function draft(sealed: SealedMessage, key: KeyObject, deps: PrepareDeps): Promise<Draft> {
  const { messageId, createdAt } = sealed
  const record = { accountId: sealed.accountId, recordId: messageId }
  const envelope = unpackEnvelope(
    unseal(key, { ...record, class: sealClass.envelope }, sealed.envelopeSealed),
  )
  const contentSealed = sealed.contentSealed ?? (await deps.fetchContent(sealed))
  if (!contentSealed) throw new Error('the message has no content')
  const content = unpackContent(unseal(key, { ...record, class: sealClass.content }, contentSealed))
  const attachments = envelope.attachments
    ? openAttachments(await deps.fetchAttachments(sealed), { key, sealed, envelope })
    : []
  const composed = compose({ messageId, createdAt, envelope, content, attachments })
  const { body, hasEightBitBody } = composed
  const hash = bodyHash(body)
  const copies = copiesOf({ ...sealed, envelope, key }, composed, deps.linkBase).map((copy) => {
    const headers = copy.head.canonical
    if (Buffer.byteLength(headers) > signHeadersBytesMax) throw new RangeError('too many headers')
    return { ...copy, item: { messageId, domain: envelope.fromDomain, headers, bodyHash: hash } }
  })
  return { sealed, key, envelope, body, hasEightBitBody, copies }
}

/** All of them or none: a message that lacks one is not the message that was accepted. */
function openAttachments(
  rows: readonly ClaimedAttachment[],
  { key, sealed, envelope }: Pick<Draft, 'key' | 'sealed' | 'envelope'>,
): Attachment[] {
  if (rows.length !== envelope.attachments) throw new Error('the message lacks an attachment')
  return rows.map(({ id, descriptionSealed, contentSealed }) => {
    const own = secretKey(attachmentKey(key, id))
    const record = { accountId: sealed.accountId, recordId: id }
    const described = { ...record, class: sealClass.attachmentDescription }
    const description = unpackDescription(unseal(own, described, descriptionSealed))
    const bytes = unseal(own, { ...record, class: sealClass.attachment }, contentSealed)
    return { ...description, bytes }
  })
}

async function signDrafts(
  drafts: readonly Draft[],
  { vault, cache }: PrepareDeps,
  answers: Map<string, Preparation>,
): Promise<void> {
  const signatures = new Map<DraftCopy, Signed>()
  for (const part of partsBySize(drafts.flatMap(({ copies }) => copies))) {
    const signed = await vault.sign(part.map(({ item }) => item))
    for (const [index, copy] of part.entries()) {
      const one = signed[index]
      if (one) signatures.set(copy, one)
    }
  }
  for (const one of drafts) answers.set(one.sealed.messageId, finish(one, signatures, cache))
}

/** One request to vault is bounded in bytes as well as in items. */
function partsBySize(copies: readonly DraftCopy[]): DraftCopy[][] {
  const parts: DraftCopy[][] = []
  let part: DraftCopy[] = []
  let bytes = 0
  for (const copy of copies) {
    const { headers } = copy.item
    const size = headers.length * (isAscii(headers) ? 1 : 3)
    if (parts.length === 0 || bytes + size > signHeadersBytesMax || part.length === signItemsMax) {
      part = []
      parts.push(part)
      bytes = 0
    }
    part.push(copy)
    bytes += size
  }
  return parts
}

/** One copy that vault does not sign is one message that it does not. */
function finish(
  draft: Draft,
  signatures: ReadonlyMap<DraftCopy, Signed>,
  cache: PreparedCache,
): Preparation {
  const stuffedBody = dotStuff(draft.body)
  const own = new Map<number, PreparedMessage>()
  for (const copy of draft.copies) {
    const signed = signatures.get(copy)
    if (!signed) return { kind: 'refused', reason: 'malformed' }
    if ('refused' in signed) return { kind: 'refused', reason: signed.refused, key: draft.key }
    const message = finishCopy(draft, copy, { signed, stuffedBody })
    if (copy.n === null) {
      cache.keep(draft.sealed.messageId, message)
      return { kind: 'ready', copyFor: () => message }
    }
    own.set(copy.n, message)
  }
  return { kind: 'ready', copyFor: (n) => own.get(n) }
}

function finishCopy(
  { envelope, key, body, hasEightBitBody }: Draft,
  { head }: Copy,
  { signed, stuffedBody }: { signed: Exclude<Signed, { refused: unknown }>; stuffedBody: Buffer },
): PreparedMessage {
  const signatures = signed.headers.map((header) => `DKIM-Signature: ${header}\r\n`)
  const whole = Buffer.concat([Buffer.from(signatures.join('')), head.bytes])
  return {
    envelope,
    key,
    wire: [dotStuff(whole), stuffedBody],
    bytes: whole.length + body.length,
    hasUtf8Headers: head.hasUtf8Headers,
    isEightBit: head.hasUtf8Headers || hasEightBitBody,
    selector: signed.selector,
    returnPath: signed.returnPath,
  }
}
