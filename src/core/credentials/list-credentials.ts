/** The live API keys of an account with their names, which vault opens for the asking key. */
import type { Sql } from '../../db/sql.ts'
import { readNamed, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { recordItem } from '../openings/record-item.ts'
import { type CredentialRow, listCredentials } from './queries.ts'

export interface ApiKey {
  id: string
  name: string
  createdAt: Date
  lastUsedAt: Date | null
}

/** What one question to vault may hold. */
const openItemsMax = 256

export async function listApiKeys(
  { sql, vault }: { sql: Sql; vault: VaultClient },
  asker: { h1: Buffer; accountId: string },
  page: { after: string | null; before: string | null; rowLimit: number },
): Promise<ApiKey[]> {
  const rows = await listCredentials(sql, asker.h1, page)
  const keys: ApiKey[] = []
  for (let at = 0; at < rows.length; at += openItemsMax) {
    keys.push(...(await openNames(vault, asker, rows.slice(at, at + openItemsMax))))
  }
  return keys
}

async function openNames(
  vault: VaultClient,
  { h1, accountId }: { h1: Buffer; accountId: string },
  rows: CredentialRow[],
): Promise<ApiKey[]> {
  const items = rows.map(({ nameSealed }) => recordItem(nameSealed))
  const recordKeys = await vault.openFor(h1, items)
  return rows.map(({ id, nameSealed, createdAt, lastUsedAt }, index) => {
    const key = recordKeys[index]
    const { recordId, sealed } = readNamed(nameSealed)
    const name = { accountId, recordId, class: sealClass.name }
    const opened = key ? unseal(secretKey(key), name, sealed).toString('utf8') : ''
    return { id, name: opened, createdAt, lastUsedAt }
  })
}
