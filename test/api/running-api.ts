/** The whole door over HTTP in the test's process: a real database, a real vault, a real socket, and two accounts. */
import type { FastifyInstance } from 'fastify'
import { alarmsTo } from '../../src/api/alarms.ts'
import { buildServer } from '../../src/api/server.ts'
import { createAccount } from '../../src/core/accounts/create-account.ts'
import type { SignedRow } from '../../src/core/authority/signed-row.ts'
import { findChallenge } from '../../src/core/certificates/queries.ts'
import { LeakReports } from '../../src/core/credentials/leak-reports.ts'
import { MessageDoor } from '../../src/core/messages/accept-message.ts'
import { Senders } from '../../src/core/messages/sender.ts'
import { recordRequests } from '../../src/core/requests/queries.ts'
import { RequestLog } from '../../src/core/requests/request-log.ts'
import { openPool } from '../../src/db/sql.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { tokenProof } from '../../src/lib/token.ts'
import type { Scanner } from '../../src/process/handover.ts'
import type { Log, LogFields } from '../../src/process/log.ts'
import type { VaultClient } from '../../src/vault/client.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type TestVault, testVault } from '../support/vault.ts'

export interface TestAccount {
  id: string
  apiKey: string
}

export interface RunningApi {
  url: string
  publicUrl: string | null
  app: FastifyInstance
  database: TestDatabase
  vault: TestVault
  operator: VaultClient
  requestLog: RequestLog
  senders: Senders
  door: MessageDoor
  /** Two accounts that know nothing of each other. */
  first: TestAccount
  second: TestAccount
  /** What api logged, as [event, fields]. */
  logged: [string, LogFields][]
  newAccount(): Promise<TestAccount>
  /** A request with the first account's key unless `key` says otherwise. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Makes the account's domain verified, as a passed check would. */
  verify(account: TestAccount, domainId: string): Promise<void>
  storeAuthority(signed: SignedRow, did: string): Promise<void>
  /** From then on vault is away. */
  stopVault(): Promise<void>
  end(): Promise<void>
}

export interface CallOptions {
  key?: string | null
  body?: unknown
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface ApiOptions {
  clock?: Clock
  sandbox?: boolean
  trustedProxies?: string[]
  publicUrl?: string | null
  scanners?: Scanner[]
}

export async function startApi({
  clock = systemClock,
  sandbox = true,
  trustedProxies = [],
  publicUrl = null,
  scanners = [],
}: ApiOptions = {}): Promise<RunningApi> {
  const database = await testDatabase()
  const vault = await testVault(database)
  const opened = await openServer(database, vault, {
    clock,
    sandbox,
    trustedProxies,
    publicUrl,
    scanners,
  })
  const { app, requestLog, logged, url } = opened
  const ops = openPool(database.logins.ops, { connectionsMax: 1 })
  const { operatorToken } = database
  const operator = vault.client('operator', operatorToken)
  const jobs = vault.client('jobs', await database.ticket('jobs'))
  const newAccount = () => {
    const owner = { name: 'Test', email: 'owner@example.test' }
    return createAccount({ sql: ops, vault: operator, clock }, operatorToken, owner)
  }
  const storeAuthority = async (signed: SignedRow, did: string) => {
    const values = [tokenProof(operatorToken), JSON.stringify(signed), did]
    await database.query('select postern.ops_store_authority($1, $2, $3, null)', values)
  }
  let vaultEnd: Promise<void> | undefined
  const stopVault = () => {
    vaultEnd ??= vault.end()
    return vaultEnd
  }
  const first = await newAccount()
  const second = await newAccount()
  return {
    url,
    publicUrl,
    app,
    database,
    vault,
    operator,
    requestLog,
    senders: opened.senders,
    door: opened.door,
    first,
    second,
    logged,
    newAccount,
    storeAuthority,
    stopVault,
    call: (method, path, options = {}) =>
      call(`${url}${path}`, method, { key: first.apiKey, ...options }),
    async verify({ id: accountId }, domainId) {
      const state = { accountId, domainId, status: 'verified', returnPathReady: true } as const
      const { signed } = await jobs.authorise('ticket', { kind: 'domain_state', ...state })
      await storeAuthority(signed, 'domain.change')
    },
    async end() {
      await app.close()
      await requestLog.stop()
      await stopVault()
      await Promise.all([opened.sql.end(), ops.end()])
      await database.drop()
    },
  }
}

/** What api's main assembles, with the parts a test looks at. */
async function openServer(
  database: TestDatabase,
  vault: TestVault,
  { clock, sandbox, trustedProxies, publicUrl, scanners }: Required<ApiOptions>,
) {
  const ticket = await database.ticket('api')
  const sql = openPool(database.logins.api, { connectionsMax: 4 })
  const client = vault.client('api', ticket)
  const logged: [string, LogFields][] = []
  const write = (fields: LogFields, event: string) => void logged.push([event, fields])
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const check = vault.check()
  const alarms = alarmsTo(log)
  const common = { sql, vault: client, clock, check, sandbox, ...alarms }
  const senders = new Senders({ ...common, door: 'api' })
  const { destinationKey } = await client.keys()
  const door = new MessageDoor({
    sql,
    senders,
    clock,
    destinationKey: async () => destinationKey!,
    addsUnsubscribe: publicUrl !== null,
  })
  const requestLog = new RequestLog({
    record: (lines) => recordRequests(sql, ticket, lines),
    senders,
    log,
  })
  const hostname = 'mail.postern.test'
  const leaks = new LeakReports({ ...common, ticket, senders })
  const own = {
    ...{ sql, vault: client, clock, log, senders, door, check, leaks, scanners },
    findChallenge: (token: string) => findChallenge(sql, ticket, token),
  }
  const deps = { ...own, requestLog, hostname, publicUrl, trustedProxies }
  const app = await buildServer(deps)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { sql, app, url, requestLog, senders, door, logged }
}

async function call(url: string, method: string, options: CallOptions): Promise<Answer> {
  const { key, body, headers = {} } = options
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const response = await fetch(url, {
    method,
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      ...(text !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text !== undefined && { body: text }),
  })
  const answer = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: answer === '' ? null : JSON.parse(answer),
  }
}

/** A message from the sandbox domain, which every account may send from while mail goes to the local inbox. */
export function email(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    from: 'Shop <shop@postern.localhost>',
    to: 'delivered@postern.localhost',
    subject: 'Hello',
    html: '<p>Hello <b>you</b></p>',
    ...changes,
  }
}
