/** The bytes of one attachment, opened for the account's own proof. */
import type { Sql } from '../../db/sql.ts'
import { attachmentKey, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { type AttachmentDescription, unpackDescription } from './description.ts'
import { findAttachment } from './queries.ts'

export interface OpenedAttachment {
  description: AttachmentDescription
  bytes: Buffer
}

/** Undefined when the account has no such attachment, it has no bytes yet, or vault does not open it for this proof. */
export async function readAttachment(
  { sql, vault }: { sql: Sql; vault: Pick<VaultClient, 'openFor'> },
  h1: Buffer,
  wanted: { messageId: string; id: string },
): Promise<OpenedAttachment | undefined> {
  const row = await findAttachment(sql, h1, wanted)
  if (!row) return undefined
  const [key] = await vault.openFor(h1, [{ kind: 'message', id: wanted.messageId }])
  if (!key) return undefined
  const own = secretKey(attachmentKey(secretKey(key), row.id))
  const name = { accountId: row.accountId, recordId: row.id }
  const described = { ...name, class: sealClass.attachmentDescription }
  return {
    description: unpackDescription(unseal(own, described, row.descriptionSealed)),
    bytes: unseal(own, { ...name, class: sealClass.attachment }, row.contentSealed),
  }
}
