/** Answers with record keys, once the database has said that this caller may open and has written the ledger line. */

import type { AuthorityCheck, SignedRow } from '../core/authority/signed-row.ts'
import { openFor, openLeased } from '../core/openings/queries.ts'
import type { Sql } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'
import { storedHash } from '../lib/token.ts'
import type { LeasedItem } from './bodies.ts'
import type { OpenItem } from './contract.ts'
import type { KeyStore } from './key-store.ts'

export interface OpeningDeps {
  sql: Sql
  ticket: Buffer
  keys: KeyStore
  check: AuthorityCheck
}

/** Keys of messages under live leases of the deliver process with that ticket; null for all others. */
export async function openForDelivery(
  { sql, ticket, keys }: OpeningDeps,
  callerTicket: Buffer,
  items: LeasedItem[],
): Promise<(Buffer | null)[]> {
  const rows = await openLeased(sql, ticket, {
    callerTicket,
    accountIds: items.map((item) => item.accountId),
    messageIds: items.map((item) => item.messageId),
  })
  await keys.loadAccounts(rows.map((row) => row.accountId))
  const opened = new Map<string, Buffer | undefined>()
  for (const row of rows) opened.set(row.messageId, keys.recordKey({ ...row, id: row.messageId }))
  return items.map((item) => opened.get(item.messageId) ?? null)
}

/** Keys of messages and records of the account that the proof belongs to, if it may read. */
export async function openForCredential(
  { sql, ticket, keys, check }: OpeningDeps,
  h1: Buffer,
  items: OpenItem[],
): Promise<(Buffer | null)[]> {
  const messageIds = items.filter((item) => item.kind === 'message').map((item) => item.id)
  const records = items.length - messageIds.length
  const rows = await openFor(sql, ticket, { h1, messageIds, records })
  const credential = demandCredential(rows[0]?.credential ?? null, h1, check)
  if (credential.permission !== 'full_access') return items.map(() => null)
  const { accountId } = credential
  await keys.loadAccounts([accountId])
  const found = new Map(rows.map((row) => [row.messageId, row]))
  return items.map((item) => {
    if (item.kind === 'record') return keys.recordKey({ ...item, accountId }) ?? null
    const row = found.get(item.id)
    if (row?.keyVersion == null || row.sessionPublic === null) return null
    const { keyVersion, sessionPublic } = row
    return keys.recordKey({ accountId, keyVersion, sessionPublic, id: item.id }) ?? null
  })
}

/** The database's word for who asks is believed only with vault's own signature on it. */
export function demandCredential(
  row: SignedRow<'credential'> | null,
  h1: Buffer,
  check: AuthorityCheck,
): SignedRow<'credential'>['columns'] {
  if (!row) throw new Refusal('invalid_key', 'The API key is unknown or no longer valid.')
  const { columns } = row
  const standing =
    check.distrust(row, columns.id) === undefined &&
    columns.h2 === storedHash(h1).toString('hex') &&
    columns.revokedAt === null
  if (!standing) throw new Refusal('invalid_key', 'The API key is unknown or no longer valid.')
  return columns
}
