/** A real vault in the test's own process, on a socket of its own, over a test database. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sandboxDomain, systemAccountId } from '../../src/core/accounts/system-account.ts'
import { AuthorityCheck } from '../../src/core/authority/authority-check.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { tokenProof } from '../../src/lib/token.ts'
import type { Log, LogFields } from '../../src/process/log.ts'
import { connectVault, type VaultClient } from '../../src/vault/client.ts'
import { jsonBody } from '../../src/vault/protocol.ts'
import { serve } from '../../src/vault/server.ts'
import { UnsealedVault } from '../../src/vault/unsealed.ts'
import type { TestDatabase } from './database.ts'

export interface TestVault {
  publicKey: Buffer
  rootKey: Buffer
  socket: string
  /** What vault logged, as [event, fields]. */
  logged: [string, LogFields][]
  /** A client that shows this role and ticket. */
  client(
    role: 'api' | 'smtp' | 'console' | 'deliver' | 'jobs' | 'inbox' | 'operator',
    ticket: Buffer | string,
  ): VaultClient
  check(): AuthorityCheck
  end(): Promise<void>
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export async function testVault(
  database: TestDatabase,
  rootKey: Buffer = randomBytes(32),
  /** What an earlier vault kept outside the database; removed at the end unless it was given. */
  kept?: string,
  clock: Clock = systemClock,
  more: { oidcRequired?: boolean } = {},
): Promise<TestVault> {
  const ticket = await database.ticket('vault')
  const sql: Pool = openPool(database.logins.vault, { connectionsMax: 4 })
  const logged: [string, LogFields][] = []
  const write = (fields: LogFields, event: string) => void logged.push([event, fields])
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const own = mkdtempSync(join(tmpdir(), 'pv-'))
  const folder = kept ?? own
  const sandbox = { accountId: systemAccountId, domain: sandboxDomain }
  const vault = await UnsealedVault.begin(
    { sql, ticket, clock, log, sandbox, folder, ...more },
    rootKey,
    null,
  )
  const socket = join(own, 'vault.sock')
  const server = createServer()
  const clients: VaultClient[] = []
  serve(server, {
    sql,
    ticket,
    operatorTokenHash: createHash('sha256')
      .update(tokenProof(database.operatorToken))
      .digest('hex'),
    log,
    answer: async (caller, operation, body) =>
      operation === 'status' ? jsonBody({ sealed: false }) : vault.answer(caller, operation, body),
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    publicKey: vault.publicKey,
    rootKey,
    socket,
    logged,
    client(role, shown) {
      const client = connectVault({
        socket,
        role,
        ticket: typeof shown === 'string' ? shown : shown.toString('base64url'),
        log: silentLog,
      })
      clients.push(client)
      return client
    },
    check: () => new AuthorityCheck(vault.publicKey),
    async end() {
      await Promise.all(clients.map((client) => client.close()))
      await new Promise((resolve) => server.close(resolve))
      await vault.stop()
      await sql.end()
      rmSync(own, { recursive: true, force: true })
    },
  }
}
