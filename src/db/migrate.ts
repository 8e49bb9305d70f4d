/**
 * Brings a database to the present: roles, numbered migrations once each, then all functions and the privilege table
 * anew, in one transaction under a lock. Safe to run again and by several at once.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { DatabaseLogin } from './login.ts'
import { clientConfig, DatabaseFailure } from './sql.ts'

export interface Migrated {
  /** The administrator's login on Postern's own database. */
  database: DatabaseLogin
  /** Names of the migrations applied now. */
  applied: string[]
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../migrations')
/** Any constant; it keeps two migrations of one database apart. */
const lockKey = 7_226_500_184
const daysAhead = 7

/**
 * `admin` names the database; `postgres` stands for a database `postern` beside it, made when missing.
 * Throws DatabaseFailure with the SQLSTATE, or MigrationFailure naming the file.
 */
export async function migrate(
  admin: DatabaseLogin,
  { prefix }: { prefix?: string } = {},
): Promise<Migrated> {
  const database = {
    ...admin,
    database: admin.database === 'postgres' ? 'postern' : admin.database,
  }
  await createDatabase(admin, database.database)
  const client = new pg.Client({ ...clientConfig(database), statement_timeout: 0 })
  await client.connect().catch(fail)
  try {
    const applied = await migrateWith(client, prefix ?? rolePrefix(database.database))
    return { database, applied }
  } finally {
    await client.end()
  }
}

/** Roles belong to the server, so two installations on one server are told apart by their database's name. */
export function rolePrefix(databaseName: string): string {
  return databaseName.toLowerCase().replace(/[^a-z0-9_]/g, '_')
}

export class MigrationFailure extends Error {
  override readonly name = 'MigrationFailure'
  constructor(file: string, reason: string) {
    super(`${file} could not be applied: ${reason}`)
  }
}

async function createDatabase(admin: DatabaseLogin, name: string): Promise<void> {
  const client = new pg.Client(
    clientConfig({ ...admin, database: admin.database === name ? name : 'postgres' }),
  )
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => {})
    if (admin.database === name && (error as { code?: unknown }).code === '3D000') {
      return createDatabase({ ...admin, database: 'postgres' }, name) // it does not exist yet
    }
    return fail(error)
  }
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42P04') fail(error) // someone else made it meanwhile
  } finally {
    await client.end()
  }
}

async function migrateWith(client: pg.Client, prefix: string): Promise<string[]> {
  const apply = (file: string) => applyFile(client, file, prefix)
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [lockKey])
    await client.query('set local client_min_messages = warning')
    await client.query('set local check_function_bodies = off')
    await apply('roles.sql')
    const owner = pg.escapeIdentifier(`${prefix}_owner`)
    await client.query(`set local role ${owner}`)
    const applied = await applyNumbered(client, apply)
    await dropFunctions(client)
    for (const file of filesIn('functions')) await apply(join('functions', file))
    await client.query(
      'select private.make_partitions((now() at time zone $1)::date + d) from generate_series(0, $2::int) d',
      ['utc', daysAhead],
    )
    await client.query('reset role')
    await apply('grants.sql')
    await client.query('commit')
    return applied
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

async function applyNumbered(
  client: pg.Client,
  apply: (file: string) => Promise<void>,
): Promise<string[]> {
  const done = new Set<string>()
  const { rows } = await client.query(
    "select to_regclass('private.migrations') is not null as known",
  )
  if (rows[0]?.known) {
    const known = await client.query('select name from private.migrations')
    for (const row of known.rows) done.add(row.name)
  }
  const applied: string[] = []
  for (const file of filesIn('.').filter((name) => /^\d{4}_/.test(name) && !done.has(name))) {
    await apply(file)
    await client.query('insert into private.migrations (name) values ($1)', [file])
    applied.push(file)
  }
  return applied
}

function filesIn(subfolder: string): string[] {
  return readdirSync(join(folder, subfolder))
    .filter((name) => name.endsWith('.sql'))
    .sort()
}

/** The files under functions/ are the whole truth: what they no longer name must not stay callable. */
async function dropFunctions(client: pg.Client): Promise<void> {
  await client.query(`do $$
    declare routine regprocedure;
    begin
      for routine in
        select p.oid from pg_proc p join pg_namespace s on s.oid = p.pronamespace
         where s.nspname in ('postern', 'private')
      loop
        execute format('drop function %s cascade', routine);
      end loop;
    end $$`)
}

async function applyFile(client: pg.Client, file: string, prefix: string): Promise<void> {
  const text = readFileSync(join(folder, file), 'utf8')
  try {
    await client.query(forPrefix(text, prefix))
  } catch (error) {
    const { message, position } = error as { message: string; position?: string }
    const line = position ? text.slice(0, Number(position)).split('\n').length : undefined
    throw new MigrationFailure(line ? `${file}:${line}` : file, message)
  }
}

function forPrefix(text: string, prefix: string): string {
  if (prefix === 'postern') return text
  return text
    .replace(/\bpostern_(owner|api|smtp|console|deliver|jobs|vault|ops)\b/g, `${prefix}_$1`)
    .replaceAll("'postern_' ||", `'${prefix}_' ||`)
}

function fail(error: unknown): never {
  throw new DatabaseFailure(error as object) // pg rejects with objects only
}
