/** The attachments of a message, opened for the account's own key. */
import type { Sql } from '../../db/sql.ts'
import { attachmentKey, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { type AttachmentDescription, unpackDescription } from './description.ts'
import { listAttachmentRows, type SealedAttachmentRow } from './queries.ts'

export interface ListedAttachment {
  id: string
  state: SealedAttachmentRow['state']
  /** 0 while it is still to be fetched. */
  sizeBytes: number
  description: AttachmentDescription
}

/** In their order. Undefined when the account has no such message, or vault does not open it for this key. */
export async function listAttachments(
  { sql, vault }: { sql: Sql; vault: Pick<VaultClient, 'openFor'> },
  h1: Buffer,
  messageId: string,
): Promise<ListedAttachment[] | undefined> {
  const rows = await listAttachmentRows(sql, h1, messageId)
  if (!rows || rows.length === 0) return rows && []
  const [key] = await vault.openFor(h1, [{ kind: 'message', id: messageId }])
  if (!key) return undefined
  const messageKey = secretKey(key)
  return rows.map(({ accountId, id, state, sizeBytes, descriptionSealed }) => {
    const own = secretKey(attachmentKey(messageKey, id))
    const name = { accountId, recordId: id, class: sealClass.attachmentDescription }
    return {
      id,
      state,
      sizeBytes,
      description: unpackDescription(unseal(own, name, descriptionSealed)),
    }
  })
}
