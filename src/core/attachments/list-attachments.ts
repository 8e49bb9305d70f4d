/** The attachments of a message, opened for the account's own key. */
import type { Sql } from '../../db/sql.ts'
import { attachmentKey, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { unpackEnvelope } from '../messages/envelope.ts'
import { type AttachmentDescription, unpackDescription } from './description.ts'
import { describeInner, innerAttachmentsOf } from './inner-attachments.ts'
import {
  findContent,
  listAttachmentRows,
  type MessageWithout,
  type SealedAttachmentRow,
} from './queries.ts'

export interface ListedAttachment {
  id: string
  state: SealedAttachmentRow['state']
  /** 0 while it is still to be fetched. */
  sizeBytes: number
  description: AttachmentDescription
  /** It stands within a whole message, and has no bytes of its own. */
  isInner: boolean
}

export interface ListAttachmentsDeps {
  sql: Sql
  vault: Pick<VaultClient, 'openFor'>
  /** Makes room for a whole message in memory, or refuses; what it answers gives the room back. */
  admit: (accountId: string, bytes: number) => () => void
}

/** In their order. Undefined when the account has no such message, or vault does not open it for this key. */
export async function listAttachments(
  deps: ListAttachmentsDeps,
  h1: Buffer,
  messageId: string,
): Promise<ListedAttachment[] | undefined> {
  const found = await listAttachmentRows(deps.sql, h1, messageId)
  if (!found) return undefined
  const [key] = await deps.vault.openFor(h1, [{ kind: 'message', id: messageId }])
  if (!key) return undefined
  if ('without' in found) return listInner(deps, { h1, messageId, key, message: found.without })
  const messageKey = secretKey(key)
  return found.rows.map(({ accountId, id, state, sizeBytes, descriptionSealed }) => {
    const own = secretKey(attachmentKey(messageKey, id))
    const name = { accountId, recordId: id, class: sealClass.attachmentDescription }
    return {
      id,
      state,
      sizeBytes,
      description: unpackDescription(unseal(own, name, descriptionSealed)),
      isInner: false,
    }
  })
}

interface Opened {
  h1: Buffer
  messageId: string
  key: Buffer
  message: MessageWithout
}

/** The envelope says whether the message came as a whole, so that the content of others is left alone. */
async function listInner(
  { sql, admit }: ListAttachmentsDeps,
  { h1, messageId, key, message }: Opened,
): Promise<ListedAttachment[]> {
  const { accountId, messageBytes, envelopeSealed } = message
  const messageKey = secretKey(key)
  const record = { accountId, recordId: messageId }
  const envelope = unseal(messageKey, { ...record, class: sealClass.envelope }, envelopeSealed)
  if (unpackEnvelope(envelope).messageId === undefined) return []
  const leave = admit(accountId, messageBytes)
  try {
    const sealed = await findContent(sql, h1, messageId)
    if (!sealed) return []
    const content = unseal(messageKey, { ...record, class: sealClass.content }, sealed)
    return [...innerAttachmentsOf(messageId, content)].map(([id, one]) => ({
      id,
      state: 'stored',
      sizeBytes: one.bytes().length,
      description: describeInner(one),
      isInner: true,
    }))
  } finally {
    leave()
  }
}
