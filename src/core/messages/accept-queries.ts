/** The statements of a door: who asks, and the one that accepts. */
import type {
  AcceptMessagesRow,
  DomainsTable,
  FindSenderRow,
  MessagesTable,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import { withoutZone } from '../../lib/cidr.ts'
import type { Door, SignedRow } from '../authority/signed-row.ts'

export interface SenderRow
  extends Pick<FindSenderRow, 'accountId' | 'credential' | 'state' | 'logBodies' | 'outside'> {
  credential: SignedRow<'credential'>
  state: SignedRow<'account_state'>
  usedToday: FindSenderRow['usedToday'] | null
}

export async function findSender(
  sql: Sql,
  h1: Buffer,
  { door, clientAddress }: { door: Door; clientAddress: string | null },
): Promise<SenderRow | undefined> {
  const rows = await sql<SenderRow[]>`
    select account_id, credential, state, log_bodies, used_today, outside
      from postern.find_sender(${h1}, ${door}, ${withoutZone(clientAddress)}::inet)`
  return rows[0]
}

export interface SendingDomainRow {
  state: SignedRow<'domain_state'>
  tls: DomainsTable['tls']
}

/** Notes that the domain is in use, if it is verified. */
export async function findDomainState(
  sql: Sql,
  h1: Buffer,
  name: string,
): Promise<SendingDomainRow | undefined> {
  const rows = await sql<SendingDomainRow[]>`
    select state, tls from postern.find_domain_state(${h1}, ${name})`
  return rows[0]
}

/** One call's worth of messages; they are accepted together or not at all. */
export interface SealedRequest {
  h1: Buffer
  idempotency: { keyHash: Buffer; requestHash: Buffer } | null
  messages: SealedMessage[]
}

export interface SealedMessage {
  id: string
  stream: Stream
  /** null: as soon as may be. */
  scheduledAt: Date | null
  expiresAt: Date
  sizeBytes: number
  keyVersion: number
  sessionPublic: Buffer
  envelope: Buffer
  content: Buffer
  recipients: SealedRecipient[]
  /** 8 bytes each. */
  tagIndexes: Buffer[]
  /** null for the sandbox, which is no domain of the account's. */
  domainId: string | null
  attachments: SealedAttachment[]
}

export interface SealedRecipient {
  index: Buffer
  destination: Buffer
  /** Stored hash of the secret of the recipient's link to unsubscribe, 32 bytes; null without one. */
  unsubscribeH2: Buffer | null
}

export type Stream = MessagesTable['stream']

export interface SealedAttachment {
  id: string
  description: Buffer
  /** Of the bytes before sealing; 0 while they are to be fetched. */
  sizeBytes: number
  /** null: to be fetched. */
  content: Buffer | null
}

export type AcceptOutcome =
  | 'accepted'
  | 'replayed'
  | 'unknown_proof'
  | 'blocked'
  | 'stream_refused'
  | 'over_quota'
  | 'key_over_quota'
  | 'key_conflict'

export interface AcceptAnswer extends Pick<AcceptMessagesRow, 'outcome'> {
  outcome: AcceptOutcome
  /** Of the earlier call, when replayed. */
  messageIds: AcceptMessagesRow['messageIds'] | null
}

/** Stores all requests of all accounts in one commit; the answers stand in the order of the requests. */
export async function acceptMessages(sql: Sql, requests: SealedRequest[]): Promise<AcceptAnswer[]> {
  const call = flatten(requests)
  const { proofs, request, message, attachment, delivery } = call
  return sql<AcceptAnswer[]>`
    select outcome, message_ids
      from postern.accept_messages(
             ${proofs}, ${request.proof}, ${request.keyHash}, ${request.bodyHash},
             ${message.request}, ${message.id}, ${message.stream}, ${message.expiresAt}, ${message.sizeBytes},
             ${message.keyVersion}, ${message.session}, ${message.envelopeAt}, ${message.envelopeBytes},
             ${message.contentAt}, ${message.contentBytes}, ${message.recipients}, ${message.scheduledAt},
             ${message.waits}, ${message.tags}, ${message.domainId},
             ${attachment.message}, ${attachment.id}, ${attachment.sizeBytes}, ${attachment.descriptionAt},
             ${attachment.descriptionBytes}, ${attachment.contentAt}, ${attachment.contentBytes},
             ${delivery.message}, ${delivery.n}, ${Buffer.concat(delivery.indexes)},
             ${Buffer.concat(delivery.destinations)}, ${delivery.unsubscribeAt},
             ${Buffer.concat(delivery.unsubscribeHashes)}, ${Buffer.concat(call.blob)})
     order by request`
}

/** Columns side by side as the function takes them; positions in other columns count from 1. */
function flatten(requests: SealedRequest[]) {
  const proofs: Buffer[] = []
  const positions = new Map<string, number>()
  const request = {
    proof: [] as number[],
    keyHash: [] as (Buffer | null)[],
    bodyHash: [] as (Buffer | null)[],
  }
  const message = emptyMessages()
  const attachment = emptyAttachments()
  const delivery = emptyDeliveries()
  const blob: Buffer[] = []
  let blobBytes = 0
  const put = (bytes: Buffer) => {
    blob.push(bytes)
    blobBytes += bytes.length
    return blobBytes - bytes.length
  }
  requests.forEach((one, index) => {
    const name = one.h1.toString('base64')
    const position = positions.get(name) ?? proofs.push(one.h1)
    positions.set(name, position)
    request.proof.push(position)
    request.keyHash.push(one.idempotency?.keyHash ?? null)
    request.bodyHash.push(one.idempotency?.requestHash ?? null)
    for (const sealed of one.messages) {
      const messagePosition = addMessage(message, sealed, { request: index + 1, put })
      for (const each of sealed.attachments) {
        addAttachment(attachment, each, { message: messagePosition, put })
      }
      sealed.recipients.forEach((recipient, n) => {
        addDelivery(delivery, recipient, { message: messagePosition, n })
      })
    }
  })
  const hasLinks = delivery.unsubscribeHashes.length > 0
  const unsubscribeAt = hasLinks ? delivery.unsubscribeAt : null
  return { proofs, request, message, attachment, delivery: { ...delivery, unsubscribeAt }, blob }
}

const unsubscribeHashBytes = 32

function emptyDeliveries() {
  return {
    message: [] as number[],
    n: [] as number[],
    indexes: [] as Buffer[],
    destinations: [] as Buffer[],
    unsubscribeAt: [] as (number | null)[],
    unsubscribeHashes: [] as Buffer[],
  }
}

function addDelivery(
  columns: ReturnType<typeof emptyDeliveries>,
  { index, destination, unsubscribeH2 }: SealedRecipient,
  { message, n }: { message: number; n: number },
): void {
  columns.message.push(message)
  columns.n.push(n)
  columns.indexes.push(index)
  columns.destinations.push(destination)
  const at = columns.unsubscribeHashes.length * unsubscribeHashBytes
  columns.unsubscribeAt.push(unsubscribeH2 && at)
  if (unsubscribeH2) columns.unsubscribeHashes.push(unsubscribeH2)
}

function emptyAttachments() {
  return {
    message: [] as number[],
    id: [] as string[],
    sizeBytes: [] as number[],
    descriptionAt: [] as number[],
    descriptionBytes: [] as number[],
    contentAt: [] as (number | null)[],
    contentBytes: [] as (number | null)[],
  }
}

function addAttachment(
  columns: ReturnType<typeof emptyAttachments>,
  { id, description, sizeBytes, content }: SealedAttachment,
  { message, put }: { message: number; put: (bytes: Buffer) => number },
): void {
  columns.message.push(message)
  columns.id.push(id)
  columns.sizeBytes.push(sizeBytes)
  columns.descriptionAt.push(put(description))
  columns.descriptionBytes.push(description.length)
  columns.contentAt.push(content && put(content))
  columns.contentBytes.push(content?.length ?? null)
}

function emptyMessages() {
  return {
    request: [] as number[],
    id: [] as string[],
    stream: [] as string[],
    expiresAt: [] as Date[],
    sizeBytes: [] as number[],
    keyVersion: [] as number[],
    session: [] as Buffer[],
    envelopeAt: [] as number[],
    envelopeBytes: [] as number[],
    contentAt: [] as number[],
    contentBytes: [] as number[],
    recipients: [] as number[],
    scheduledAt: [] as (Date | null)[],
    waits: [] as boolean[],
    tags: [] as (Buffer | null)[],
    domainId: [] as (string | null)[],
  }
}

function addMessage(
  columns: ReturnType<typeof emptyMessages>,
  sealed: SealedMessage,
  { request, put }: { request: number; put: (bytes: Buffer) => number },
): number {
  columns.request.push(request)
  columns.stream.push(sealed.stream)
  columns.expiresAt.push(sealed.expiresAt)
  columns.sizeBytes.push(sealed.sizeBytes)
  columns.keyVersion.push(sealed.keyVersion)
  columns.session.push(sealed.sessionPublic)
  columns.envelopeAt.push(put(sealed.envelope))
  columns.envelopeBytes.push(sealed.envelope.length)
  columns.contentAt.push(put(sealed.content))
  columns.contentBytes.push(sealed.content.length)
  columns.recipients.push(sealed.recipients.length)
  columns.scheduledAt.push(sealed.scheduledAt)
  columns.waits.push(sealed.attachments.some((each) => each.content === null))
  columns.tags.push(sealed.tagIndexes.length === 0 ? null : Buffer.concat(sealed.tagIndexes))
  columns.domainId.push(sealed.domainId)
  return columns.id.push(sealed.id)
}

/** Wakes deliver; a statement of its own, so that no accepting commit holds the lock of notifications. */
export async function wakeDeliver(sql: Sql): Promise<void> {
  await sql`select postern.wake_deliver()`
}
