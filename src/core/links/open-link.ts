/** What a link opens, for whoever holds its secret. Vault checks it and notes the opening before it gives the key. */
import type { Sql } from '../../db/sql.ts'
import { sealClass, secretKey, unseal } from '../../lib/seal.ts'
import { tokenProof } from '../../lib/token.ts'
import type { OpenedLink, VaultClient } from '../../vault/client.ts'
import { type AttachmentDescription, unpackDescription } from '../attachments/description.ts'
import { type Envelope, type PartsContent, unpackEnvelope } from '../messages/envelope.ts'
import { readableContent } from '../messages/readable-content.ts'
import { findLinkedAttachment, findLinkedAttachmentContent, findLinkedMessage } from './queries.ts'

export interface OpenLinkDeps {
  sql: Sql
  vault: Pick<VaultClient, 'openLink'>
}

export interface LinkedFile {
  accountId: string
  sizeBytes: number
  description: AttachmentDescription
  /** Undefined when it has gone in the meantime. */
  bytes(): Promise<Buffer | undefined>
}

/** Undefined for anything that is no valid link to an attachment. */
export async function openAttachmentLink(
  { sql, vault }: OpenLinkDeps,
  token: string,
): Promise<LinkedFile | undefined> {
  const h1 = tokenProof(token)
  const row = await findLinkedAttachment(sql, h1)
  if (!row) return undefined
  const opened = await vault.openLink(h1)
  if (!opened || opened.link.attachmentId !== row.id) return undefined
  const key = keyOf(opened, row.accountId)
  if (!key) return undefined
  const record = { accountId: row.accountId, recordId: row.id }
  const described = { ...record, class: sealClass.attachmentDescription }
  return {
    accountId: row.accountId,
    sizeBytes: row.sizeBytes,
    description: unpackDescription(unseal(key, described, row.descriptionSealed)),
    bytes: async () => {
      const sealed = await findLinkedAttachmentContent(sql, h1)
      return sealed && unseal(key, { ...record, class: sealClass.attachment }, sealed)
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
