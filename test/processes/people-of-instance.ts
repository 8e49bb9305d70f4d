/** People of a running instance: what console does for them, done with a login and a ticket of console's own kind. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PasswordHasher } from '../../src/core/people/password.ts'
import { PasswordRules } from '../../src/core/people/password-rules.ts'
import type { PeopleDeps } from '../../src/core/people/store-answer.ts'
import { registerTicket } from '../../src/db/runtime-logins.ts'
import { openPool } from '../../src/db/sql.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { loginFromUrl } from '../../src/process/database.ts'
import { connectVault } from '../../src/vault/client.ts'
import type { Instance } from '../support/instance.ts'
import { silentLog } from '../support/vault.ts'

/** Beside the instance's own console, whose ticket stays what it is. */
const instanceNumber = 7

export interface PeopleOfInstance {
  deps: PeopleDeps
  end(): Promise<void>
}

export async function peopleOf(instance: Instance): Promise<PeopleOfInstance> {
  const { home, runJson } = instance
  const { socket, port, name } = runJson.database
  const password = readFileSync(join(home, 'database.password'), 'utf8').trim()
  const admin = { host: socket ?? '', port, database: name, user: 'postgres', password }
  const ticket = randomBytes(32)
  await registerTicket(admin, { role: 'console', ticket, instance: instanceNumber })
  const { stdout } = await instance.postern('database-url', 'console', '--json')
  const sql = openPool(loginFromUrl(JSON.parse(stdout).url), { connectionsMax: 2 })
  const vault = connectVault({
    socket: join(runJson.sockets, 'vault', 'vault.sock'),
    role: 'console',
    ticket: ticket.toString('base64url'),
    log: silentLog,
  })
  const identityKey = async () => {
    const { identityKey: key } = await vault.keys()
    if (!key) throw new Error('console gets the identity key')
    return key
  }
  const hasher = new PasswordHasher()
  const passwordRules = new PasswordRules()
  return {
    deps: { sql, vault, clock: systemClock, ticket, identityKey, hasher, passwordRules },
    async end() {
      await vault.close()
      await sql.end()
    },
  }
}

/** Sources of the messages to that address that are in the local inbox. */
export async function inboxOf({ inboxUrl }: Instance, address: string): Promise<string[]> {
  const query = new URLSearchParams({ query: `to:${address}` })
  const { data } = await readJson<{ data: { id: string }[] }>(`${inboxUrl}/api/messages?${query}`)
  const sources: string[] = []
  for (const { id } of data) {
    const { source } = await readJson<{ source: string }>(`${inboxUrl}/api/messages/${id}`)
    sources.push(source)
  }
  return sources
}

async function readJson<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  // The inbox's own tests hold its shapes.
  return (await response.json()) as T
}
