/** The statements of a door: who asks, and the one that accepts. */
import type { AcceptMessagesRow, FindSenderRow, MessagesTable } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export interface SenderRow extends Pick<FindSenderRow, 'accountId' | 'credential' | 'state'> {
  credential: SignedRow<'credential'>
  state: SignedRow<'account_state'>
}

export async function findSender(sql: Sql, h1: Buffer): Promise<SenderRow | undefined> {
  const rows = await sql<SenderRow[]>`select account_id, credential, state
                                        from postern.find_sender(${h1})`
  return rows[0]
}

export async function findDomainState(
  sql: Sql,
  h1: Buffer,
  name: string,
): Promise<SignedRow<'domain_state'> | undefined> {
  const rows = await sql<{ state: SignedRow<'domain_state'> }[]>`
    select state from postern.find_domain_state(${h1}, ${name})`
  return rows[0]?.state
}

/** One call's worth of messages; they are accepted together or not at all. */
export interface SealedRequest {
  h1: Buffer
  idempotency: { keyHash: Buffer; requestHash: Buffer } | null
  messages: SealedMessage[]
}

export interface SealedMessage {
  id: string
  stream: MessagesTable['stream']
  expiresAt: Date
  sizeBytes: number
  keyVersion: number
  sessionPublic: Buffer
  envelope: Buffer
  content: Buffer
  recipients: { index: Buffer; destination: Buffer }[]
}

export type AcceptOutcome =
  | 'accepted'
  | 'replayed'
  | 'unknown_proof'
  | 'blocked'
  | 'over_quota'
  | 'key_conflict'

export interface AcceptAnswer extends Pick<AcceptMessagesRow, 'outcome'> {
  outcome: AcceptOutcome
  /** Of the earlier call, when replayed. */
  messageIds: AcceptMessagesRow['messageIds'] | null
}

/** Stores all requests of all accounts in one commit; the answers stand in the order of the requests. */
export async function acceptMessages(sql: Sql, requests: SealedRequest[]): Promise<AcceptAnswer[]> {
  const call = flatten(requests)
  const { proofs, request, message, delivery } = call
  return sql<AcceptAnswer[]>`
    select outcome, message_ids
      from postern.accept_messages(
             ${proofs}, ${request.proof}, ${request.keyHash}, ${request.bodyHash},
             ${message.request}, ${message.id}, ${message.stream}, ${message.expiresAt}, ${message.sizeBytes},
             ${message.keyVersion}, ${message.session}, ${message.envelopeAt}, ${message.envelopeBytes},
             ${message.contentAt}, ${message.contentBytes}, ${message.recipients},
             ${delivery.message}, ${delivery.n}, ${Buffer.concat(delivery.indexes)},
             ${Buffer.concat(delivery.destinations)}, ${Buffer.concat(call.blob)})
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
  const delivery = {
    message: [] as number[],
    n: [] as number[],
    indexes: [] as Buffer[],
    destinations: [] as Buffer[],
  }
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
      sealed.recipients.forEach((recipient, n) => {
        delivery.message.push(messagePosition)
        delivery.n.push(n)
        delivery.indexes.push(recipient.index)
        delivery.destinations.push(recipient.destination)
      })
    }
  })
  return { proofs, request, message, delivery, blob }
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
  return columns.id.push(sealed.id)
}

/** Wakes deliver; a statement of its own, so that no accepting commit holds the lock of notifications. */
export async function wakeDeliver(sql: Sql): Promise<void> {
  await sql`select postern.wake_deliver()`
}
