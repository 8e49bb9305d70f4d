/** What the operator's command line asks of the database: each function shows the hash of the operator's token. */
import type {
  AttemptsTable,
  DeliveriesTable,
  MessagesTable,
  OpsCheckpointsRow,
  OpsFindAccountRow,
  OpsFindMessageRow,
  OpsLedgerLinesRow,
  OpsListAccountsRow,
  OpsLogBodiesRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import type { Checkpoint } from '../ledger/verify.ts'

export interface NewAccountRow {
  accountId: string
  profileSealed: Buffer
  sealingPublic: Buffer
  sealingWrapped: Buffer
  signedState: SignedRow
  /** Null for an account that nobody calls for. */
  credential: { signed: SignedRow; nameSealed: Buffer } | null
}

export async function insertAccount(
  sql: Sql,
  h1: Buffer,
  {
    accountId,
    profileSealed,
    sealingPublic,
    sealingWrapped,
    signedState,
    credential,
  }: NewAccountRow,
): Promise<void> {
  await sql`
    select postern.ops_create_account(${h1}, ${accountId}, ${profileSealed}, ${sealingPublic}, ${sealingWrapped},
                                      ${JSON.stringify(signedState)},
                                      ${credential && JSON.stringify(credential.signed)},
                                      ${credential?.nameSealed ?? null})`
}

/** `action` is what the ledger says of it; the name goes with a credential only. */
export async function insertAuthority(
  sql: Sql,
  h1: Buffer,
  { signed, action, nameSealed }: { signed: SignedRow; action: string; nameSealed: Buffer | null },
): Promise<void> {
  await sql`
    select postern.ops_store_authority(${h1}, ${JSON.stringify(signed)}, ${action}, ${nameSealed})`
}

export interface AccountRow extends Pick<OpsListAccountsRow, 'id' | 'createdAt' | 'state'> {
  state: SignedRow<'account_state'>
}

/** Oldest first. */
export async function listAccounts(
  sql: Sql,
  h1: Buffer,
  { after, limit }: { after: string | null; limit: number },
): Promise<AccountRow[]> {
  return sql<AccountRow[]>`
    select id, created_at, state
      from postern.ops_list_accounts(${h1}, ${after}, ${limit})`
}

export interface AccountDetails
  extends AccountRow,
    Pick<OpsFindAccountRow, 'id' | 'createdAt' | 'keysLive' | 'domains' | 'members'> {
  /** bigint as text. */
  queued: OpsFindAccountRow['queued']
}

export async function findAccount(
  sql: Sql,
  h1: Buffer,
  accountId: string,
): Promise<AccountDetails | undefined> {
  const rows = await sql<AccountDetails[]>`
    select id, created_at, state, keys_live, domains, members, queued
      from postern.ops_find_account(${h1}, ${accountId})`
  return rows[0]
}

/** Whether the bodies of its requests are kept for a day; false when there is no such account. */
export async function setLogBodies(
  sql: Sql,
  h1: Buffer,
  { accountId, wanted }: { accountId: string; wanted: boolean },
): Promise<boolean> {
  const rows = await sql<Pick<OpsLogBodiesRow, 'id'>[]>`
    select id
      from postern.ops_log_bodies(${h1}, ${accountId}, ${wanted})`
  return rows.length > 0
}

export type DeliveryState = DeliveriesTable['state']

/** As `private.deliveries_of` writes it, without what is sealed. Times in milliseconds. */
export interface OperatorDelivery {
  n: number
  state: DeliveryState
  attempts: number
  dueAt: number
  /** Why it waits though it could go; empty when nothing holds it. */
  holds: string[]
  tries: {
    number: number
    at: number
    outcome: AttemptsTable['outcome']
    host: string
    tls: string | null
    selector: string | null
    replyCode: number | null
    enhancedCode: string | null
    durationMs: number
  }[]
}

export interface OperatorMessage
  extends Pick<
    OpsFindMessageRow,
    | 'id'
    | 'accountId'
    | 'createdAt'
    | 'expiresAt'
    | 'stream'
    | 'sizeBytes'
    | 'keyVersion'
    | 'deliveries'
    | 'events'
  > {
  stream: MessagesTable['stream']
  deliveries: OperatorDelivery[]
  events: { kind: string; n: number | null; at: number }[]
}

export async function findMessage(
  sql: Sql,
  h1: Buffer,
  messageId: string,
): Promise<OperatorMessage | undefined> {
  const rows = await sql<OperatorMessage[]>`
    select id, account_id, created_at, expires_at, stream, size_bytes, key_version, deliveries, events
      from postern.ops_find_message(${h1}, ${messageId})`
  return rows[0]
}

/** Lines in the order of their positions, from `position` on. */
export async function listLedgerLines(
  sql: Sql,
  h1: Buffer,
  { position, limit }: { position: number; limit: number },
): Promise<{ position: number; line: string }[]> {
  const rows = await sql<Pick<OpsLedgerLinesRow, 'linePosition' | 'line'>[]>`
    select line_position, line
      from postern.ops_ledger_lines(${h1}, ${position}, ${limit})`
  return rows.map(({ linePosition, line }) => ({ position: Number(linePosition), line }))
}

/** In the order of their sizes. */
export async function listCheckpoints(
  sql: Sql,
  h1: Buffer,
  { after, limit }: { after: number; limit: number },
): Promise<Checkpoint[]> {
  const rows = await sql<Pick<OpsCheckpointsRow, 'treeSize' | 'root' | 'signature'>[]>`
    select tree_size, root, signature
      from postern.ops_checkpoints(${h1}, ${after}, ${limit})`
  return rows.map((row) => ({ ...row, treeSize: Number(row.treeSize) }))
}

export interface ServerFacts {
  /** 180004 is 18.4. */
  versionNumber: number
  now: Date
  /** Days from today on for which every partitioned table has its partition, today included. */
  daysReady: number
  /** Logins of the installation's roles that can do more than its functions allow. */
  rolesTooStrong: string[]
  /** Logins that are open now; none before the first migration. */
  rolesFound: number
}

/** From the catalogue, which every login may read: no proof is asked and no row of anybody is touched. */
export async function findServerFacts(sql: Sql): Promise<ServerFacts> {
  const rows = await sql<ServerFacts[]>`
    with own as (
      select r.rolname::text as name, r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
             or r.rolreplication as is_strong
        from pg_namespace s
        join pg_roles r
          on r.rolcanlogin
         and regexp_replace(r.rolname, '_(api|smtp|console|deliver|jobs|vault|ops)_[ab]$', '_owner') = pg_get_userbyid(s.nspowner)
       where s.nspname = 'postern'
    )
    select current_setting('server_version_num')::integer as version_number,
           clock_timestamp() as now,
           (select count(*)::integer
              from generate_series(0, 30) as d(day)
             where not exists (
                   select from unnest(array['attempts', 'events', 'request_log', 'ledger']) as parent(name),
                               generate_series(0, d.day) as until(day)
                    where to_regclass('postern.' || parent.name || '_'
                                      || to_char((now() at time zone 'utc')::date + until.day, 'YYYYMMDD')) is null)
           ) as days_ready,
           coalesce((select array_agg(o.name order by o.name) from own o where o.is_strong), '{}') as roles_too_strong,
           (select count(*)::integer from own) as roles_found`
  const facts = rows[0]
  if (!facts) throw new Error('a select without a table answers one row')
  return facts
}
