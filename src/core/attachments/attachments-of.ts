/** The attachments of a message that was opened already, and the bytes of one of them. */
import type { Sql } from '../../db/sql.ts'
import { innerAttachments } from '../../mail/inner-attachments.ts'
import type { VaultClient } from '../../vault/client.ts'
import { type Message, readMessage } from '../messages/read-message.ts'
import { describeInner } from './inner-attachments.ts'
import { innerAttachmentId } from './inner-id.ts'
import { type ListedAttachment, listAttachments } from './list-attachments.ts'
import { type OpenedAttachment, readAttachment } from './read-attachment.ts'

interface ReadDeps {
  sql: Sql
  vault: VaultClient
}

/** Those of a whole message are read from it; of others, what stands beside the content. */
export async function attachmentsOf(
  deps: ReadDeps,
  h1: Buffer,
  { id, envelope, original }: Message,
): Promise<ListedAttachment[]> {
  if (original && 'raw' in original) {
    return innerAttachments(original.raw).map((one) => ({
      id: innerAttachmentId(id, one.section),
      state: 'stored',
      sizeBytes: one.bytes().length,
      description: describeInner(one),
      isInner: true,
    }))
  }
  if (!envelope.attachments) return []
  // Such a message has rows, so that no whole one is read, and no room is asked for.
  return (await listAttachments({ ...deps, admit: () => () => {} }, h1, id)) ?? []
}

/** Undefined when the account has no such attachment, or it has no bytes. */
export async function openAttachmentOf(
  deps: ReadDeps,
  h1: Buffer,
  wanted: { messageId: string; id: string },
): Promise<OpenedAttachment | undefined> {
  const beside = await readAttachment(deps, h1, wanted)
  if (beside) return beside
  const message = await readMessage(deps, h1, wanted.messageId)
  const { original } = message ?? {}
  if (!original || !('raw' in original)) return undefined
  const inner = innerAttachments(original.raw).find(
    ({ section }) => innerAttachmentId(wanted.messageId, section) === wanted.id,
  )
  return inner && { description: describeInner(inner), bytes: inner.bytes() }
}
