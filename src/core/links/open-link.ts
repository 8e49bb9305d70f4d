/** What a link opens, for whoever holds its secret. Vault checks it and notes the opening before it gives the key. */
import type { Sql } from '../../db/sql.ts'
import { sealClass, secretKey, unseal } from '../../lib/seal.ts'
import { tokenProof } from '../../lib/token.ts'
import type { OpenedLink, VaultClient } from '../../vault/client.ts'
import { type AttachmentDescription, unpackDescription } from '../attachments/description.ts'
import { describeInner, innerAttachmentsOf } from '../attachments/inner-attachments.ts'
import { type Envelope, type PartsContent, unpackEnvelope } from '../messages/envelope.ts'
import { readableContent } from '../messages/readable-content.ts'
import {
  findLinkedAttachment,
  findLinkedAttachmentContent,
  findLinkedInnerAttachment,
  findLinkedInnerAttachmentContent,
  findLinkedMessage,
  type LinkedAttachment,
} from './queries.ts'

export interface OpenLinkDeps {
  sql: Sql
  vault: Pick<VaultClient, 'openLink'>
}

/** Known before its bytes, so that there can be room for them. */
export interface LinkedFile {
  accountId: string
  /** Of what is read to answer: the file itself, or the message it stands within. */
  sizeBytes: number
  /** Undefined when it has gone in the meantime. */
  read(): Promise<{ description: AttachmentDescription; bytes: Buffer } | undefined>
}

/** Undefined for anything that is no valid link to an attachment. */
export async function openAttachmentLink(
  deps: OpenLinkDeps,
  token: string,
): Promise<LinkedFile | undefined> {
  const h1 = tokenProof(token)
  const row = await findLinkedAttachment(deps.sql, h1)
  return row ? openAttachment(deps, h1, row) : openInnerAttachment(deps, h1)
}

async function openAttachment(
  { sql, vault }: OpenLinkDeps,
  h1: Buffer,
  { accountId, id, sizeBytes, descriptionSealed }: LinkedAttachment,
): Promise<LinkedFile | undefined> {
  const opened = await vault.openLink(h1)
  if (opened?.link.target !== 'attachment' || opened.link.attachmentId !== id) return undefined
  const key = keyOf(opened, accountId)
  if (!key) return undefined
  const record = { accountId, recordId: id }
  const described = { ...record, class: sealClass.attachmentDescription }
  const description = unpackDescription(unseal(key, described, descriptionSealed))
  return {
    accountId,
    sizeBytes,
    read: async () => {
      const sealed = await findLinkedAttachmentContent(sql, h1)
      if (!sealed) return undefined
      return { description, bytes: unseal(key, { ...record, class: sealClass.attachment }, sealed) }
    },
  }
}

async function openInnerAttachment(
  { sql, vault }: OpenLinkDeps,
  h1: Buffer,
): Promise<LinkedFile | undefined> {
  const row = await findLinkedInnerAttachment(sql, h1)
  if (!row) return undefined
  const { accountId, id, messageId, sizeBytes } = row
  const opened = await vault.openLink(h1)
  if (opened?.link.target !== 'message' || opened.link.messageId !== messageId) return undefined
  const key = keyOf(opened, accountId)
  if (!key || opened.link.attachmentId !== id) return undefined
  const name = { accountId, recordId: messageId, class: sealClass.content }
  return {
    accountId,
    sizeBytes,
    read: async () => {
      const sealed = await findLinkedInnerAttachmentContent(sql, h1)
      const found = sealed && innerAttachmentsOf(messageId, unseal(key, name, sealed)).get(id)
      return found && { description: describeInner(found), bytes: found.bytes() }
    },
  }
}

export interface SharedMessage {
  createdAt: Date
  envelope: Envelope
  /** null: it was discarded. */
  content: PartsContent | null
}

/** Undefined for anything that is no valid link to a message. */
export async function openMessageLink(
  { sql, vault }: OpenLinkDeps,
  token: string,
): Promise<SharedMessage | undefined> {
  const h1 = tokenProof(token)
  const row = await findLinkedMessage(sql, h1)
  if (!row) return undefined
  const opened = await vault.openLink(h1)
  if (opened?.link.target !== 'message' || opened.link.messageId !== row.id) return undefined
  // Whoever was given one file of a message was not given the message.
  if (opened.link.attachmentId !== null) return undefined
  const key = keyOf(opened, row.accountId)
  if (!key) return undefined
  const record = { accountId: row.accountId, recordId: row.id }
  const { contentSealed } = row
  const content =
    contentSealed && unseal(key, { ...record, class: sealClass.content }, contentSealed)
  return {
    createdAt: row.createdAt,
    envelope: unpackEnvelope(
      unseal(key, { ...record, class: sealClass.envelope }, row.envelopeSealed),
    ),
    content: content && readableContent(content),
  }
}

/** The row and the link must speak of the same account. */
function keyOf({ link, key }: OpenedLink, accountId: string) {
  return link.accountId === accountId ? secretKey(key) : undefined
}
