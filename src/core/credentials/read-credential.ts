/** One key of an account with all that may be shown of it: never its secret. */
import { readNamed, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { CredentialColumns } from '../authority/signed-row.ts'
import { recordItem } from '../openings/record-item.ts'
import { type Client, readClient } from '../requests/client.ts'
import type { CredentialDeps } from './create-credential.ts'
import { type CredentialDetails, findCredentialDetails } from './queries.ts'

export interface ApiKeyDetails {
  name: string
  columns: CredentialColumns
  lastUsedAt: Date | null
  /** Who used it last. */
  lastClient: Client | null
}

export interface ReadDeps extends Omit<CredentialDeps, 'clock'> {
  /** Whether the row is vault's own. */
  isGenuine(row: CredentialDetails['credential']): boolean
}

/** Undefined when the account has no such key, also when the row was not signed by vault. */
export async function readApiKey(
  { sql, vault, isGenuine }: ReadDeps,
  h1: Buffer,
  id: string,
): Promise<ApiKeyDetails | undefined> {
  const found = await findCredentialDetails(sql, h1, id)
  if (!found || !isGenuine(found.credential)) return undefined
  const { accountId, credential, nameSealed, lastUsedAt, clientSealed } = found
  const sealed = [nameSealed, ...(clientSealed ? [clientSealed] : [])]
  const [nameKey, clientKey] = await vault.openFor(h1, sealed.map(recordItem))
  const named = readNamed(nameSealed)
  const record = { accountId, recordId: named.recordId, class: sealClass.name }
  return {
    name: nameKey ? unseal(secretKey(nameKey), record, named.sealed).toString('utf8') : '',
    columns: credential.columns,
    lastUsedAt,
    lastClient: clientKey && clientSealed ? readClient(clientSealed, accountId, clientKey) : null,
  }
}
