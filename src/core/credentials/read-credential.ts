/** One key of an account with all that may be shown of it: never its secret. */
import { readNamed, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { CredentialColumns } from '../authority/signed-row.ts'
import { recordItem } from '../openings/record-item.ts'
import { type Client, readClient } from '../requests/client.ts'
import type { CredentialDeps } from './create-credential.ts'
import { type CredentialDetails, findCredentialDetails, listCredentialDetails } from './queries.ts'

export interface ApiKeyDetails {
  name: string
  columns: CredentialColumns
  lastUsedAt: Date | null
  /** Who used it last. */
  lastClient: Client | null
  /** When it ends for want of use; null while it does not. */
  retiresAt: Date | null
}

export interface ReadDeps extends Omit<CredentialDeps, 'clock'> {
  /** Whether the row is vault's own. */
  isGenuine(row: CredentialDetails['credential']): boolean
}

/** Undefined when the account has no such key, also when the row was not signed by vault. */
export async function readApiKey(
  deps: ReadDeps,
  h1: Buffer,
  id: string,
): Promise<ApiKeyDetails | undefined> {
  const found = await findCredentialDetails(deps.sql, h1, id)
  const [key] = await openDetails(deps, h1, found ? [found] : [])
  return key
}

/** Live keys with their details, newest first; `rowLimit` up to 100. Rows that vault has not signed are left out. */
export async function readApiKeys(
  deps: ReadDeps,
  h1: Buffer,
  page: { after: string | null; before: string | null; rowLimit: number },
): Promise<ApiKeyDetails[]> {
  return openDetails(deps, h1, await listCredentialDetails(deps.sql, h1, page))
}

/** All names and clients with one question to vault. */
async function openDetails(
  { vault, isGenuine }: ReadDeps,
  h1: Buffer,
  rows: readonly CredentialDetails[],
): Promise<ApiKeyDetails[]> {
  const genuine = rows.filter(({ credential }) => isGenuine(credential))
  const sealed = genuine.flatMap(({ nameSealed, clientSealed }) =>
    clientSealed ? [nameSealed, clientSealed] : [nameSealed],
  )
  const keys = sealed.length > 0 ? await vault.openFor(h1, sealed.map(recordItem)) : []
  const keyOf = new Map(sealed.map((bytes, index) => [bytes, keys[index] ?? null]))
  return genuine.map((row) => openDetail(row, keyOf))
}

function openDetail(
  { accountId, credential, nameSealed, lastUsedAt, clientSealed, retiresAt }: CredentialDetails,
  keyOf: ReadonlyMap<Buffer, Buffer | null>,
): ApiKeyDetails {
  const nameKey = keyOf.get(nameSealed)
  const clientKey = clientSealed && keyOf.get(clientSealed)
  const named = readNamed(nameSealed)
  const record = { accountId, recordId: named.recordId, class: sealClass.name }
  return {
    name: nameKey ? unseal(secretKey(nameKey), record, named.sealed).toString('utf8') : '',
    columns: credential.columns,
    lastUsedAt,
    retiresAt,
    lastClient: clientKey && clientSealed ? readClient(clientSealed, accountId, clientKey) : null,
  }
}
