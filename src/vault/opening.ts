/** Answers with record keys, once the database has said that this caller may open and has written the ledger line. */

import type { AuthorityCheck } from '../core/authority/authority-check.ts'
import type { SignedRow } from '../core/authority/signed-row.ts'
import { openFor, openLeased, openLink, openWaitingAttachments } from '../core/openings/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { attachmentKey, secretKey } from '../lib/seal.ts'
import { storedHash } from '../lib/token.ts'
import type { LeasedItem } from './bodies.ts'
import type { OpenedLink, OpenItem, WaitingAttachment } from './contract.ts'
import type { KeyStore } from './key-store.ts'

export interface OpeningDeps {
  sql: Sql
  ticket: Buffer
  keys: KeyStore
  check: AuthorityCheck
  clock: Clock
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

/** Keys of attachments that jobs is to fetch, each for itself; null for all others. */
export async function openForFetching(
  { sql, ticket, keys }: OpeningDeps,
  callerTicket: Buffer,
  items: WaitingAttachment[],
): Promise<(Buffer | null)[]> {
  const rows = await openWaitingAttachments(sql, ticket, {
    callerTicket,
    accountIds: items.map((item) => item.accountId),
    messageIds: items.map((item) => item.messageId),
    attachmentIds: items.map((item) => item.attachmentId),
  })
  await keys.loadAccounts(rows.map((row) => row.accountId))
  const opened = new Map<string, Buffer>()
  for (const { attachmentId, messageId, ...row } of rows) {
    const messageKey = keys.recordKey({ ...row, id: messageId })
    if (messageKey) opened.set(attachmentId, attachmentKey(secretKey(messageKey), attachmentId))
  }
  return items.map((item) => opened.get(item.attachmentId) ?? null)
}

/** The database's word for a link is believed only with vault's own signature on it. */
export async function openForLink(
  { sql, ticket, keys, check, clock }: OpeningDeps,
  h1: Buffer,
): Promise<OpenedLink | null> {
  const row = await openLink(sql, ticket, h1)
  if (!row) return null
  const { columns } = row.link
  const stands =
    check.distrust(row.link, columns.id) === undefined &&
    columns.h2 === storedHash(h1).toString('hex') &&
    columns.expiresAt > clock.now()
  if (!stands) return null
  const { accountId, messageId, target, attachmentId } = columns
  const { keyVersion, sessionPublic } = row
  await keys.loadAccounts([accountId])
  const key = keys.recordKey({ accountId, keyVersion, sessionPublic, id: messageId })
  if (!key) return null
  if (target === 'message') return { link: columns, key }
  if (attachmentId === null) return null
  return { link: columns, key: attachmentKey(secretKey(key), attachmentId) }
}

/** The database's word for who asks is believed only with vault's own signature on it. */
export function demandCredential(
  row: SignedRow<'credential'> | null,
  h1: Buffer,
  check: AuthorityCheck,
): SignedRow<'credential'>['columns'] {
  if (!row)
    throw new Refusal('invalid_key', 'The API key is unknown or no longer valid; make a new one.')
  const { columns } = row
  const standing =
    check.distrust(row, columns.id) === undefined &&
    columns.h2 === storedHash(h1).toString('hex') &&
    columns.revokedAt === null &&
    columns.options?.canary === undefined
  if (!standing)
    throw new Refusal('invalid_key', 'The API key is unknown or no longer valid; make a new one.')
  return columns
}
