/**
 * A thief with one thing: the database URL of a runtime role. Tries what such a login can try, and says what it got: rows
 * of ours read, and statements that were not refused though they should be.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import type { DatabaseRole } from '../../src/db/runtime-logins.ts'
import { clientConfig } from '../../src/db/sql.ts'
import type { TestDatabase } from '../support/database.ts'
import { grantedFunctions } from './privileges.ts'

export interface Loot {
  rowsRead: number
  /** Statements that went through and should not have. */
  notRefused: string[]
}

/** Ids a thief may know from elsewhere; knowing them must not help. */
export interface Known {
  accountIds: string[]
  messageIds: string[]
  h2s: Buffer[]
}

export async function steal(
  database: TestDatabase,
  role: DatabaseRole,
  known: Known,
): Promise<Loot> {
  const client = new pg.Client(clientConfig(database.logins[role]))
  client.on('error', () => {})
  await client.connect()
  const loot: Loot = { rowsRead: 0, notRefused: [] }
  try {
    await tryTables(client, database, loot)
    await tryFunctions(client, { database, role, known, loot })
    await tryServer(client, loot)
  } finally {
    await client.end()
  }
  return loot
}

async function tables({ query }: TestDatabase): Promise<string[]> {
  const rows = await query<{ name: string }>(
    `select c.oid::regclass::text as name
       from pg_class c join pg_namespace s on s.oid = c.relnamespace
      where s.nspname in ('postern', 'private') and c.relkind in ('r', 'p')`,
  )
  return rows.map((row) => row.name)
}

async function tryTables(client: pg.Client, database: TestDatabase, loot: Loot): Promise<void> {
  for (const table of await tables(database)) {
    for (const statement of [
      `select * from ${table}`,
      `select count(*) from ${table}`,
      `explain select * from ${table}`,
      `explain analyze select * from ${table}`,
      `copy ${table} to stdout`,
      `copy (select * from ${table}) to stdout`,
      `delete from ${table}`,
      `update ${table} set created_at = now()`,
      `insert into ${table} default values`,
      `truncate ${table}`,
      `do $$ begin lock table ${table}; end $$`,
      `create index on ${table} ((1))`,
      `alter table ${table} disable row level security`,
    ]) {
      await demandRefusal(client, statement, loot)
    }
  }
}

async function demandRefusal(client: pg.Client, statement: string, loot: Loot): Promise<void> {
  try {
    const { rows } = await client.query(statement)
    loot.rowsRead += rows.length
    loot.notRefused.push(statement)
  } catch (error) {
    const { code } = error as { code?: string }
    // 42501 insufficient privilege; 42703 and 23502 tell of a column before the privilege is looked at.
    if (code !== '42501' && code !== '42703') loot.notRefused.push(`${statement}: ${code}`)
  }
}

/** Calls every function the role may call, with guessed proofs and with what a dump would give; settings forged first. */
async function tryFunctions(
  client: pg.Client,
  {
    database,
    role,
    known,
    loot,
  }: { database: TestDatabase; role: DatabaseRole; known: Known; loot: Loot },
): Promise<void> {
  for (const setting of ['postern.account_id', 'postern.role', 'ctx.account', 'p.tenant']) {
    await client.query('select set_config($1, $2, false)', [setting, known.accountIds[0]])
  }
  const shapes = await database.query<{ name: string; types: string[] }>(
    `select p.proname as name, array(select format_type(t, null) from unnest(p.proargtypes) as t) as types
       from pg_proc p join pg_namespace s on s.oid = p.pronamespace where s.nspname = 'postern'`,
  )
  const callable = grantedFunctions().get(role)
  for (const { name, types } of shapes) {
    for (const proof of [randomBytes(32), ...known.h2s]) {
      const values = types.map((type) => guess(type, proof, known))
      const args = types.map((type, index) => `$${index + 1}::${type}`).join(', ')
      try {
        const { rows } = await client.query(`select * from postern.${name}(${args})`, values)
        // A row of nulls or of refusals is an answer, not a row of ours.
        const read = rows.filter((row) => Object.values(row).some(isData))
        loot.rowsRead += read.length
        if (!callable?.has(name)) loot.notRefused.push(name)
      } catch {
        // Refused, or the guess did not fit: either way nothing was read.
      }
    }
  }
}

const answers = new Set(['unknown_proof', 'refused', ''])

function isData(value: unknown): boolean {
  return value !== null && typeof value !== 'number' && !answers.has(String(value))
}

function guess(type: string, proof: Buffer, { accountIds, messageIds }: Known): unknown {
  switch (type) {
    case 'bytea':
      return proof
    case 'bytea[]':
      return [proof]
    case 'uuid':
      return messageIds[0] ?? randomUUID()
    case 'uuid[]':
      return [...accountIds.slice(0, 1)]
    case 'integer':
    case 'bigint':
    case 'smallint':
      return 1
    case 'integer[]':
    case 'smallint[]':
    case 'bigint[]':
      return [1]
    case 'text':
      return 'message'
    case 'text[]':
      return ['message']
    case 'jsonb':
      return JSON.stringify({
        kind: 'account_state',
        columns: { accountId: accountIds[0] },
        version: 2,
      })
    case 'timestamp with time zone':
      return new Date()
    case 'timestamp with time zone[]':
      return [new Date()]
    case 'boolean[]':
      return [true]
    default:
      return null
  }
}

async function tryServer(client: pg.Client, loot: Loot): Promise<void> {
  for (const statement of [
    'create temporary table t (a int)',
    'create table public.t (a int)',
    'create schema mine',
    'select lo_create(0)',
    'select pg_terminate_backend(pid) from (select 1 as pid) p',
    'select pg_advisory_lock(1)',
    'select * from pg_stats',
    'select * from pg_stat_activity',
    'select * from pg_stat_user_tables',
    'select * from pg_authid',
    'set role postern_owner',
    'set session authorization postgres',
    'alter role current_user superuser',
    "select pg_read_file('postgresql.conf')",
    "copy (select 1) to program 'true'",
    'create extension pg_stat_statements schema pg_catalog',
  ]) {
    await demandRefusal(client, statement, loot)
  }
}
