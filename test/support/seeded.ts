/** A test database with vault, accounts and a door: what most tests of the parts behind the doors start from. */
import { createAccount } from '../../src/core/accounts/create-account.ts'
import { ensureSystem } from '../../src/core/accounts/ensure-system.ts'
import { sandboxDomain } from '../../src/core/accounts/system-account.ts'
import { type Draft, MessageDoor } from '../../src/core/messages/accept-message.ts'
import { type Sender, Senders } from '../../src/core/messages/sender.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { secretKey } from '../../src/lib/seal.ts'
import type { VaultClient } from '../../src/vault/client.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { type TestVault, testVault } from './vault.ts'

export interface Seeded {
  database: TestDatabase
  vault: TestVault
  ops: Pool
  operator: VaultClient
  api: { sql: Pool; vault: VaultClient; senders: Senders; door: MessageDoor }
  /** Alarms that the door raised. */
  alarms: { accountId: string; reason: string }[]
  addAccount(name?: string): Promise<{ id: string; apiKey: string }>
  sender(apiKey: string): Promise<Sender>
  end(): Promise<void>
}

export async function seeded(): Promise<Seeded> {
  const database = await testDatabase()
  const vault = await testVault(database)
  const ops = openPool(database.logins.ops, { connectionsMax: 1 })
  const operator = vault.client('operator', database.operatorToken)
  const accounts = { sql: ops, vault: operator, clock: systemClock }
  await ensureSystem(accounts, database.operatorToken)
  const alarms: Seeded['alarms'] = []
  const sql = openPool(database.logins.api, { connectionsMax: 4 })
  const client = vault.client('api', await database.ticket('api'))
  const senders = new Senders({
    door: 'api',
    sql,
    vault: client,
    clock: systemClock,
    check: vault.check(),
    sandbox: true,
    alarm: (alarm) => alarms.push(alarm),
    onCanary: () => {},
  })
  const destinationKey = async () =>
    (await client.keys()).destinationKey ?? secretKey(Buffer.alloc(32))
  const door = new MessageDoor({
    sql,
    senders,
    clock: systemClock,
    destinationKey,
    addsUnsubscribe: true,
  })
  return {
    database,
    vault,
    ops,
    operator,
    api: { sql, vault: client, senders, door },
    alarms,
    addAccount: (name = 'Acme') =>
      createAccount(accounts, database.operatorToken, { name, email: 'owner@example.com' }),
    sender: (apiKey) => senders.find(apiKey, '127.0.0.1'),
    async end() {
      await vault.end()
      await Promise.all([ops.end(), sql.end()])
      await database.drop()
    },
  }
}

/** A small message from the sandbox domain. */
export function draft(recipients: string[], fields: Partial<Draft['envelope']> = {}): Draft {
  const envelope = {
    from: `Ada <ada@${sandboxDomain}>`,
    fromDomain: sandboxDomain,
    to: recipients,
    cc: [],
    bcc: [],
    replyTo: [],
    subject: 'Hello',
    headers: {},
    tags: [],
    recipients,
    ...fields,
  }
  return { envelope, content: { html: '<p>Hello</p>', text: 'Hello' }, stream: 'transactional' }
}
