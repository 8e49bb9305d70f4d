/** What the operator's command line asks of the database: each function shows the hash of the operator's token. */
import type {
  AttemptsTable,
  CredentialsTable,
  DeliveriesTable,
  MessagesTable,
  OpsCheckpointsRow,
  OpsCountQueueRow,
  OpsFindAccountRow,
  OpsFindCredentialRow,
  OpsFindMessageRow,
  OpsLedgerLinesRow,
  OpsListAccountsRow,
  OpsListCredentialsRow,
  OpsListQueueRow,
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
    Pick<OpsFindAccountRow, 'id' | 'createdAt' | 'keysLive' | 'domains'> {
  /** bigint as text. */
  queued: OpsFindAccountRow['queued']
}

export async function findAccount(
  sql: Sql,
  h1: Buffer,
  accountId: string,
): Promise<AccountDetails | undefined> {
  const rows = await sql<AccountDetails[]>`
    select id, created_at, state, keys_live, domains, queued
      from postern.ops_find_account(${h1}, ${accountId})`
  return rows[0]
}

export interface CredentialRow
  extends Pick<OpsListCredentialsRow, 'id' | 'permission' | 'createdAt'> {
  permission: CredentialsTable['permission']
  domainId: OpsListCredentialsRow['domainId'] | null
  revokedAt: OpsListCredentialsRow['revokedAt'] | null
  lastUsedAt: OpsListCredentialsRow['lastUsedAt'] | null
}

/** Revoked ones too, oldest first. */
export async function listCredentials(
  sql: Sql,
  h1: Buffer,
  accountId: string,
): Promise<CredentialRow[]> {
  return sql<CredentialRow[]>`
    select id, permission, domain_id, created_at, revoked_at, last_used_at
      from postern.ops_list_credentials(${h1}, ${accountId})`
}

export async function findCredentialAccount(
  sql: Sql,
  h1: Buffer,
  credentialId: string,
): Promise<string | undefined> {
  const rows = await sql<Pick<OpsFindCredentialRow, 'accountId'>[]>`
    select account_id
      from postern.ops_find_credential(${h1}, ${credentialId})`
  return rows[0]?.accountId
}

export type DeliveryState = DeliveriesTable['state']
type WaitingState = Extract<DeliveryState, 'queued' | 'attempting'>

/** As `private.deliveries_of` writes it, without what is sealed. Times in milliseconds. */
export interface OperatorDelivery {
  n: number
  state: DeliveryState
  attempts: number
  dueAt: number
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

export interface QueuedDelivery
  extends Pick<
    OpsListQueueRow,
    'messageId' | 'accountId' | 'n' | 'state' | 'stream' | 'attempts' | 'dueAt'
  > {
  state: WaitingState
  stream: MessagesTable['stream']
}

/** Those due first. */
export async function listQueue(
  sql: Sql,
  h1: Buffer,
  { accountId, limit }: { accountId: string | null; limit: number },
): Promise<QueuedDelivery[]> {
  return sql<QueuedDelivery[]>`
    select message_id, account_id, n, state, stream, attempts, due_at
      from postern.ops_list_queue(${h1}, ${accountId}, ${limit})`
}

export async function countQueue(
  sql: Sql,
  h1: Buffer,
): Promise<{ state: WaitingState; deliveries: number }[]> {
  const rows = await sql<(Pick<OpsCountQueueRow, 'deliveries'> & { state: WaitingState })[]>`
    select state, deliveries
      from postern.ops_count_queue(${h1})`
  return rows.map(({ state, deliveries }) => ({ state, deliveries: Number(deliveries) }))
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
         and regexp_replace(r.rolname, '_(api|smtp|deliver|jobs|vault|ops)_[ab]$', '_owner') = pg_get_userbyid(s.nspowner)
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
