/** Reading the log of an account's own requests: vault opens who asked, and the bodies where they are kept. */
import type { Sql } from '../../db/sql.ts'
import { readNamed, sealClass, secretKey, unseal } from '../../lib/seal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { recordItem } from '../openings/record-item.ts'
import { type Client, readClient } from './client.ts'
import {
  findRequest,
  listRequests,
  type RequestListing,
  type SealedRequestLine,
} from './queries.ts'

interface ReadDeps {
  sql: Sql
  vault: VaultClient
}

export type RequestEntry = Omit<RequestListing, 'clientSealed'> & { client: Client | null }

export type RequestDetails = Omit<SealedRequestLine, 'clientSealed' | 'bodiesSealed'> & {
  client: Client | null
  bodies: Bodies | null
}

/** As they were kept, without their secrets; null where there was none or it is not kept. */
export interface Bodies {
  request: unknown
  response: unknown
}

export async function readRequests(
  { sql, vault }: ReadDeps,
  { h1, accountId }: { h1: Buffer; accountId: string },
  page: { after: string | null; before: string | null; rowLimit: number },
): Promise<RequestEntry[]> {
  const rows = await listRequests(sql, h1, page)
  if (rows.length === 0) return []
  const keys = await vault.openFor(
    h1,
    rows.map(({ clientSealed }) => recordItem(clientSealed)),
  )
  return rows.map(({ clientSealed, ...line }, index) => {
    const key = keys[index]
    return { ...line, client: key ? readClient(clientSealed, accountId, key) : null }
  })
}

/** Undefined when the account has no such request in its log. */
export async function readRequest(
  { sql, vault }: ReadDeps,
  h1: Buffer,
  id: string,
): Promise<RequestDetails | undefined> {
  const found = await findRequest(sql, h1, id)
  if (!found) return undefined
  const { clientSealed, bodiesSealed, ...line } = found
  const sealed = [clientSealed, ...(bodiesSealed ? [bodiesSealed] : [])]
  const [clientKey, bodiesKey] = await vault.openFor(h1, sealed.map(recordItem))
  return {
    ...line,
    client: clientKey ? readClient(clientSealed, line.accountId, clientKey) : null,
    bodies: bodiesSealed && bodiesKey ? readBodies(bodiesSealed, line.accountId, bodiesKey) : null,
  }
}

export function packBodies(bodies: Bodies): Buffer {
  return Buffer.from(JSON.stringify(bodies))
}

function readBodies(blob: Buffer, accountId: string, key: Buffer): Bodies {
  const { recordId, sealed } = readNamed(blob)
  const name = { accountId, recordId, class: sealClass.bodies }
  return JSON.parse(unseal(secretKey(key), name, sealed).toString('utf8')) as Bodies // packBodies wrote it, the seal proves it
}
