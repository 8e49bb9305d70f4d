/** A database of one's own for a test file: a clone of one that was migrated once for the whole run. */
import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import type { DatabaseLogin } from '../../src/db/login.ts'
import { migrate } from '../../src/db/migrate.ts'
import {
  type DatabaseRole,
  databaseRoles,
  registerOperator,
  registerTicket,
  scramVerifier,
} from '../../src/db/runtime-logins.ts'
import { clientConfig } from '../../src/db/sql.ts'
import { testServer } from './database-server.ts'

const template = 'postern_template'
const lockKey = 2_718_281_828

export interface TestDatabase {
  /** The superuser on this database. */
  admin: DatabaseLogin
  /** One login a runtime role. */
  logins: Record<DatabaseRole, DatabaseLogin>
  /** A registered ticket for one more process of that role. */
  ticket(role: string, lanes?: [number, number]): Promise<Buffer>
  operatorToken: string
  /** Runs SQL as the superuser. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  drop(): Promise<void>
}

export async function testDatabase(): Promise<TestDatabase> {
  const { admin: server } = await testServer()
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    await makeTemplate(client, server)
    await client.query(`create database ${name} template ${template}`)
    await client.query('select pg_advisory_unlock($1)', [lockKey])
    // A clone does not inherit the privileges on the database itself.
    await client.query(`revoke all on database ${name} from public`)
    const roles = databaseRoles.map((role) => `postern_${role}`).join(', ')
    await client.query(`grant connect on database ${name} to ${roles}`)
  })
  const admin = { ...server, database: name }
  const operatorToken = `pst_op_${randomBytes(32).toString('base64url')}`
  await registerOperator(admin, operatorToken)
  let instances = 0
  const pool = new pg.Pool({ ...clientConfig(admin), max: 2 })
  pool.on('error', () => {})
  return {
    admin,
    logins: Object.fromEntries(
      databaseRoles.map((role) => [
        role,
        { ...admin, user: `postern_${role}_a`, password: passwordOf(server, role) },
      ]),
    ) as Record<DatabaseRole, DatabaseLogin>,
    operatorToken,
    async ticket(role, lanes = [0, 255]) {
      const ticket = randomBytes(32)
      await registerTicket(admin, { role, ticket, lanes, instance: instances++ })
      return ticket
    },
    query: async (text, values) => (await pool.query(text, values)).rows,
    async drop() {
      await pool.end()
      await asAdmin(server, (client) => client.query(`drop database ${name} with (force)`))
    },
  }
}

async function makeTemplate(client: pg.Client, server: DatabaseLogin): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
  if (rowCount) return
  await migrate({ ...server, database: template }, { prefix: 'postern' })
  for (const role of databaseRoles) {
    const verifier = scramVerifier(passwordOf(server, role))
    await client.query(`alter role postern_${role}_a login password ${pg.escapeLiteral(verifier)}`)
  }
}

/** The same in every test process, since logins belong to the server they share. */
function passwordOf(server: DatabaseLogin, role: string): string {
  return createHash('sha256').update(`${server.password} ${role}`).digest('base64url')
}

async function asAdmin<Result>(
  login: DatabaseLogin,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(clientConfig(login))
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
