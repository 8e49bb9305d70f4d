/**
 * The logins of the processes and the proofs they will show, written by the supervisor at each start. Passwords reach
 * the server only as SCRAM verifiers, so no statement, log or dump ever holds one.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import pg from 'pg'
import type { DatabaseLogin } from './login.ts'
import { rolePrefix } from './migrate.ts'
import { clientConfig, DatabaseFailure } from './sql.ts'

/** The roles that have a pair of logins, `…_a` and `…_b`. */
export const databaseRoles = ['api', 'smtp', 'console', 'deliver', 'jobs', 'vault', 'ops'] as const
export type DatabaseRole = (typeof databaseRoles)[number]

/** Gives every role a fresh password on its first login and closes the second until a rotation. */
export async function prepareLogins(
  admin: DatabaseLogin,
  { prefix = rolePrefix(admin.database) }: { prefix?: string } = {},
): Promise<Record<DatabaseRole, DatabaseLogin>> {
  const logins: Partial<Record<DatabaseRole, DatabaseLogin>> = {}
  await asAdmin(admin, async (client) => {
    for (const role of databaseRoles) {
      const user = `${prefix}_${role}_a`
      const password = randomBytes(32).toString('base64url')
      const name = pg.escapeIdentifier(user)
      await client.query(
        `alter role ${name} login password ${pg.escapeLiteral(scramVerifier(password))}`,
      )
      await client.query(
        `alter role ${pg.escapeIdentifier(`${prefix}_${role}_b`)} nologin password null`,
      )
      logins[role] = { ...admin, user, password }
    }
  })
  return logins as Record<DatabaseRole, DatabaseLogin> // the loop filled every role
}

/** Makes `ticket` the only valid one of that process; `lanes` are those a deliver process owns. */
export async function registerTicket(
  admin: DatabaseLogin,
  {
    role,
    ticket,
    instance = 0,
    lanes = [0, 255],
  }: { role: string; ticket: Buffer; instance?: number; lanes?: [number, number] },
): Promise<void> {
  const hash = createHash('sha256').update(ticket).digest()
  await asOwner(admin, (client) =>
    client.query(
      `insert into private.processes (role, instance, ticket_hash, lane_first, lane_last)
       values ($1, $2, $3, $4, $5)
       on conflict (role, instance) do update
          set ticket_hash = excluded.ticket_hash, lane_first = excluded.lane_first,
              lane_last = excluded.lane_last, started_at = now()`,
      [role, instance, hash, ...lanes],
    ),
  )
}

/** Makes the operator's token the only valid one. */
export async function registerOperator(admin: DatabaseLogin, operatorToken: string): Promise<void> {
  const h1 = createHash('sha256').update(operatorToken).digest()
  const h2 = createHash('sha256').update(h1).digest()
  await asOwner(admin, async (client) => {
    await client.query('delete from private.operators where token_hash <> $1', [h2])
    await client.query(
      'insert into private.operators (token_hash) values ($1) on conflict do nothing',
      [h2],
    )
  })
}

/** RFC 5803: the form in which PostgreSQL keeps a password; made here so that the password itself never travels. */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const rounds = 4096
  const salted = pbkdf2Sync(password, salt, rounds, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const serverKey = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

async function asAdmin<Result>(
  admin: DatabaseLogin,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(clientConfig(admin))
  // A server that goes away between two statements is told by the next of them.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw new DatabaseFailure(error as object) // pg rejects with objects only
  } finally {
    await client.end().catch(() => {})
  }
}

/** The owner's rows are under forced row security, which an administrator who is no superuser does not pass. */
export async function asOwner<Result>(
  admin: DatabaseLogin,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  return asAdmin(admin, async (client) => {
    await client.query('begin')
    const { rows } = await client.query<{ owner: string }>(
      "select quote_ident(pg_get_userbyid(nspowner)) as owner from pg_namespace where nspname = 'private'",
    )
    await client.query(`set local role ${rows[0]?.owner}`)
    const result = await work(client)
    await client.query('commit')
    return result
  })
}
