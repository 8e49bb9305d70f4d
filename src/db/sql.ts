/**
 * The only place that opens PostgreSQL: a tagged template over `pg`.
 *
 *   const rows = await sql<Row[]>`select id from accounts where id = ${id}`
 *
 * `${}` is always a parameter. Column names become camelCase, values inside json stay as they are. `bigint` and
 * `count(*)` arrive as strings. A failed statement throws `DatabaseFailure`, which carries codes and names only, since
 * what PostgreSQL itself says quotes the offending values.
 */
import { createHash } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import pg from 'pg'
import type { DatabaseLogin } from './login.ts'

export interface Sql {
  // biome-ignore lint/style/useShorthandFunctionType: Pool and Transaction extend it
  <Rows extends readonly object[]>(text: TemplateStringsArray, ...values: unknown[]): Promise<Rows>
}

export interface Pool extends Sql {
  begin<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  /** Calls `wake` at each NOTIFY on the channel and after each reconnect; returns a function that ends it. */
  listen(channel: string, wake: () => void): () => Promise<void>
  /** Goes on with another login; waiters are served first, then the old connections are closed. */
  useLogin(login: DatabaseLogin): Promise<void>
  end(): Promise<void>
}

export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure'
  /** SQLSTATE, or the system's code (ECONNREFUSED) when there is no connection. */
  readonly code: string
  readonly constraint: string | undefined
  readonly table: string | undefined

  constructor(cause: { code?: unknown; constraint?: unknown; table?: unknown }) {
    const code = typeof cause.code === 'string' ? cause.code : 'connection_lost'
    super(`the database answered ${code}`)
    this.code = code
    this.constraint = typeof cause.constraint === 'string' ? cause.constraint : undefined
    this.table = typeof cause.table === 'string' ? cause.table : undefined
  }

  /** True when the database could not be reached or is going away: the statement may succeed later. */
  get isOutage(): boolean {
    // No SQLSTATE begins with E, as Node's own codes do, of which EPIPE has five letters too.
    return !/^[0-9A-DF-Z][0-9A-Z]{4}$/.test(this.code) || /^(08|53|57P|25006|40)/.test(this.code)
  }
}

const reconnectMs = 200

export function openPool(
  login: DatabaseLogin,
  { connectionsMax }: { connectionsMax: number },
): Pool {
  let current = connect(login, connectionsMax)
  let currentLogin = login
  const run = <Rows>(text: TemplateStringsArray, ...values: unknown[]): Promise<Rows> =>
    query<Rows>(current, text, values)

  return Object.assign(run, {
    async begin<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
      return transaction(current, work)
    },
    listen: (channel: string, wake: () => void) => listen(() => currentLogin, channel, wake),
    async useLogin(next: DatabaseLogin) {
      const old = current
      currentLogin = next
      current = connect(next, connectionsMax)
      await drain(old)
    },
    end: () => drain(current),
  })
}

function connect(login: DatabaseLogin, max: number): pg.Pool {
  const pool = new pg.Pool({ ...clientConfig(login), max, idleTimeoutMillis: 60_000 })
  // An idle connection that breaks is replaced at its next use; the statement in flight reports it.
  pool.on('error', () => {})
  return pool
}

/** How the driver reaches the database; statements that outlive 30 s are ended by the server. */
export function clientConfig(login: DatabaseLogin): pg.ClientConfig {
  const { host, port, user, password, database, ssl } = login
  return {
    host,
    port,
    user,
    password,
    database,
    ssl:
      ssl === undefined || ssl === 'disable'
        ? false
        : { rejectUnauthorized: ssl === 'verify-full' },
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    application_name: 'postern',
  }
}

/** A pool ended with waiters would leave their promises pending for ever, so they are served first. */
async function drain(pool: pg.Pool): Promise<void> {
  while (pool.waitingCount > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await pool.end()
}

type Runner = Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>

/** Tells the text of each statement that PostgreSQL has carried out; a run of the tests listens, nobody else does. */
export const carriedOut = channel('postern.sql')

const names = new WeakMap<TemplateStringsArray, { name: string; text: string }>()

function prepared(strings: TemplateStringsArray): { name: string; text: string } {
  const known = names.get(strings)
  if (known) return known
  const text = statementText(strings)
  const statement = { name: createHash('md5').update(text).digest('hex'), text }
  names.set(strings, statement)
  return statement
}

/** The parts of a template as PostgreSQL gets them. */
export function statementText(parts: readonly string[]): string {
  return parts.reduce((all, part, index) => `${all}$${index}${part}`)
}

async function query<Rows>(
  runner: Runner,
  strings: TemplateStringsArray,
  values: unknown[],
): Promise<Rows> {
  try {
    const statement = prepared(strings)
    const result = await runner.query({ ...statement, values, rowMode: 'array' as const })
    if (carriedOut.hasSubscribers) carriedOut.publish(statement.text)
    return toObjects(result.fields, result.rows) as Rows // the caller states the row type
  } catch (error) {
    throw new DatabaseFailure(error as object) // whatever pg throws is an object
  }
}

function toObjects(fields: { name: string }[], rows: unknown[][]): object[] {
  const keys = fields.map((field) => camelCase(field.name))
  return rows.map((row) => {
    const object: Record<string, unknown> = {}
    for (let i = 0; i < keys.length; i++) object[keys[i] as string] = row[i] // i is within keys
    return object
  })
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

async function transaction<Result>(
  pool: pg.Pool,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((error: object) => {
    throw new DatabaseFailure(error)
  })
  let broken = false
  try {
    await client.query('begin')
    const result = await work((text, ...values) => query(client, text, values))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** One connection of its own per channel; a lost one is made again, and `wake` is called since something may have been missed. */
function listen(
  login: () => DatabaseLogin,
  channel: string,
  wake: () => void,
): () => Promise<void> {
  let client: pg.Client | undefined
  let stopping = false
  const again = () => {
    client = undefined
    if (!stopping) setTimeout(start, reconnectMs)
  }
  const start = () => {
    if (stopping) return
    const opened = new pg.Client(clientConfig(login()))
    client = opened
    opened.on('notification', wake)
    opened.on('error', () => {})
    opened.once('end', again)
    opened
      .connect()
      .then(() => opened.query(`listen ${pg.escapeIdentifier(channel)}`))
      .then(wake)
      .catch(() => opened.end().catch(() => {}))
  }
  start()
  return async () => {
    stopping = true
    await client?.end().catch(() => {})
  }
}
