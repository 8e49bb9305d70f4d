/** What an export of an account holds beside its messages: a generator of rows for each noun, each page opened at once. */
import type { Sql } from '../../db/sql.ts'
import { type SealClass, sealClass } from '../../lib/seal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { recipientIndex } from '../messages/accept-message.ts'
import type { Asker, Senders } from '../messages/sender.ts'
import { recordItem } from '../openings/record-item.ts'
import { openTexts, readProfile, unsealText } from '../people/names.ts'
import type { RowFile } from './archive.ts'
import {
  type Exporting,
  exportAccount,
  exportAudit,
  exportCredentials,
  exportDomains,
  exportInvitations,
  exportMembers,
  exportOutsiders,
  exportRequests,
  exportSuppressions,
  exportUsage,
  type IdPage,
} from './queries.ts'

export interface RowDeps {
  sql: Sql
  vault: Pick<VaultClient, 'openFor' | 'openPeople'>
  senders: Pick<Senders, 'keys'>
}

type Account = Exporting & Asker

const rowLimit = 250
/** Two sealed things each, and a body may be long. */
const requestsAtOnce = 100

type Pages = (deps: RowDeps, account: Account) => AsyncGenerator<object[]>

/** In the order in which they stand in the export; the messages come after the suppressions. */
export const accountRows: readonly [file: RowFile, pages: Pages][] = [
  ['account', accountPages],
  ['members', memberPages],
  ['invitations', invitationPages],
  ['domains', domainPages],
  ['api_keys', keyPages],
  ['suppressions', (deps, account) => suppressionPages(deps, account, null)],
  ['requests', requestPages],
  ['usage', usagePages],
  ['audit', auditPages],
  ['refused_attempts', outsiderPages],
]

async function* walk<Row extends { id: string }>(
  read: (page: IdPage) => Promise<Row[]>,
  limit = rowLimit,
): AsyncGenerator<Row[]> {
  let after: string | null = null
  for (;;) {
    const rows: Row[] = await read({ after, rowLimit: limit })
    if (rows.length > 0) yield rows
    after = rows.at(-1)?.id ?? null
    if (rows.length < limit) return
  }
}

/** In the order given; null where there was nothing, or it does not open. */
async function openRecords(
  { vault }: RowDeps,
  { h1, accountId: owner }: Account,
  { kind, blobs }: { kind: SealClass; blobs: readonly (Buffer | null)[] },
): Promise<(string | null)[]> {
  const present = blobs.flatMap((blob) => (blob && blob.length > 0 ? [blob] : []))
  const keys = present.length > 0 ? await vault.openFor(h1, present.map(recordItem)) : []
  const keyOf = new Map(present.map((blob, index) => [blob, keys[index] ?? null]))
  return blobs.map((blob) =>
    blob ? readText({ owner, blob, kind }, keyOf.get(blob) ?? null) : null,
  )
}

function readText(text: Parameters<typeof unsealText>[0], key: Buffer | null): string | null {
  try {
    return unsealText(text, key)
  } catch {
    // Bytes that are not as they were sealed have nothing to say.
    return null
  }
}

async function* accountPages({ sql, vault }: RowDeps, account: Account): AsyncGenerator<object[]> {
  const row = await exportAccount(sql, account)
  if (!row) throw new Error('the account of an export is gone')
  const { id, createdAt, profileSealed: blob, logBodies, state } = row
  const sealed = [{ owner: id, blob, kind: sealClass.profile }]
  const [text = null] = await openTexts(vault, account.h1, sealed)
  const { columns } = state
  const limits = {
    requests_per_second: columns.requestsPerSecond,
    daily_quota: columns.dailyQuota,
    domains_max: columns.domainsMax,
    keys_max: columns.keysMax,
  }
  yield [
    {
      ...{ id, ...(readProfile(text) ?? { name: null, email: null }) },
      ...{ created_at: createdAt.toISOString(), state: columns.state, reason: columns.reason },
      ...{ limits, policies: columns.options ?? {}, log_bodies: logBodies },
    },
  ]
}

async function* memberPages({ sql, vault }: RowDeps, account: Account): AsyncGenerator<object[]> {
  for await (const rows of walk((page) => exportMembers(sql, account, page))) {
    const sealed = rows.map(({ userId: owner, profileSealed: blob }) => {
      return { owner, blob, kind: sealClass.profile }
    })
    const texts = await openTexts(vault, account.h1, sealed)
    yield rows.map(({ id, userId, member }, index) => {
      const { name, email } = readProfile(texts[index] ?? null) ?? { name: null, email: null }
      const { role, scopes, createdAt, removedAt } = member
      const times = { joined_at: iso(createdAt), left_at: iso(removedAt) }
      return { id, user_id: userId, name, email, role, scopes, ...times }
    })
  }
}

async function* invitationPages(deps: RowDeps, account: Account): AsyncGenerator<object[]> {
  for await (const rows of walk((page) => exportInvitations(deps.sql, account, page))) {
    const blobs = rows.map(({ addressSealed }) => addressSealed)
    const texts = await openRecords(deps, account, { kind: sealClass.address, blobs })
    yield rows.map(({ id, link }, index) => ({
      ...{ id, email: texts[index] ?? null, role: link.role, scopes: link.scopes },
      ...{ created_at: iso(link.createdAt), expires_at: iso(link.expiresAt) },
      ended_at: iso(link.endedAt),
    }))
  }
}

async function* domainPages({ sql }: RowDeps, account: Account): AsyncGenerator<object[]> {
  for await (const rows of walk((page) => exportDomains(sql, account, page))) {
    yield rows.map(({ id, name, region, tls, createdAt, checkedAt, lastUsedAt, ...row }) => ({
      ...{ id, name, region, tls, status: row.state.columns.status },
      return_path_ready: row.state.columns.returnPathReady,
      options: row.state.columns.options ?? {},
      ...{ created_at: createdAt.toISOString(), checked_at: checkedAt?.toISOString() ?? null },
      last_used_at: lastUsedAt?.toISOString() ?? null,
      ...{ signing_keys: row.signingKeys, claims: row.claims },
    }))
  }
}

async function* keyPages(deps: RowDeps, account: Account): AsyncGenerator<object[]> {
  for await (const rows of walk((page) => exportCredentials(deps.sql, account, page))) {
    const blobs = rows.map(({ nameSealed }) => nameSealed)
    const names = await openRecords(deps, account, { kind: sealClass.name, blobs })
    yield rows.map((row, index) => ({
      ...{ id: row.id, name: names[index] ?? null, permission: row.permission },
      ...{ domain_id: row.domainId, restrictions: row.options ?? {} },
      created_at: row.createdAt.toISOString(),
      expires_at: row.expiresAt?.toISOString() ?? null,
      revoked_at: row.revokedAt?.toISOString() ?? null,
      last_used_at: row.lastUsedAt?.toISOString() ?? null,
    }))
  }
}

/** Of one recipient, where one is named. An address that is not the one suppressed (it came by a link) is left out. */
export async function* suppressionPages(
  deps: RowDeps,
  account: Account,
  recipient: Buffer | null,
): AsyncGenerator<object[]> {
  const { indexKey } = await deps.senders.keys(account)
  const read = (page: IdPage) => exportSuppressions(deps.sql, account, { ...page, recipient })
  for await (const rows of walk(read)) {
    const blobs = rows.map(({ addressSealed }) => addressSealed)
    const texts = await openRecords(deps, account, { kind: sealClass.address, blobs })
    yield rows.map(({ id, scope, reason, messageId, createdAt, recipientIndex: index }, at) => {
      const text = texts[at] ?? null
      const address = text !== null && recipientIndex(indexKey, text).equals(index) ? text : null
      const when = createdAt.toISOString()
      return { id, address, scope, reason, message_id: messageId, created_at: when }
    })
  }
}

async function* requestPages(deps: RowDeps, account: Account): AsyncGenerator<object[]> {
  const read = (page: IdPage) => exportRequests(deps.sql, account, page)
  for await (const rows of walk(read, requestsAtOnce)) {
    const clients = rows.map(({ clientSealed }) => clientSealed)
    const bodies = rows.map(({ bodiesSealed }) => bodiesSealed)
    const from = await openRecords(deps, account, { kind: sealClass.client, blobs: clients })
    const said = await openRecords(deps, account, { kind: sealClass.bodies, blobs: bodies })
    yield rows.map(({ id, at, credentialId, method, route, status, durationMs }, index) => ({
      ...{ id, at: at.toISOString(), api_key_id: credentialId, method, route, status },
      ...{ duration_ms: durationMs, client: parsed(from[index]), bodies: parsed(said[index]) },
    }))
  }
}

async function* usagePages({ sql }: RowDeps, account: Account): AsyncGenerator<object[]> {
  const rows = await exportUsage(sql, account)
  yield rows.map(({ day, messages, recipients }) => {
    return { day, messages: Number(messages), recipients: Number(recipients) }
  })
}

async function* auditPages({ sql }: RowDeps, account: Account): AsyncGenerator<object[]> {
  const read = ({ after, rowLimit: limit }: IdPage) =>
    exportAudit(sql, account, { after: after ?? '0', rowLimit: limit })
  for await (const rows of walk(read, 1_000)) {
    yield rows.map(({ position, line }) => {
      return { position: position === null ? null : Number(position), line }
    })
  }
}

async function* outsiderPages(deps: RowDeps, account: Account): AsyncGenerator<object[]> {
  for await (const rows of walk((page) => exportOutsiders(deps.sql, account, page))) {
    const blobs = rows.map(({ clientSealed }) => clientSealed)
    const from = await openRecords(deps, account, { kind: sealClass.client, blobs })
    yield rows.map(({ id, door, credentialId, userId, at }, index) => ({
      ...{ id, at: at.toISOString(), door, api_key_id: credentialId, user_id: userId },
      client: parsed(from[index]),
    }))
  }
}

/** What was sealed as JSON. */
function parsed(text: string | null | undefined): unknown {
  return text == null ? null : JSON.parse(text)
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
