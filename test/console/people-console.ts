/** The whole console on a real socket over a real vault and database, and browsers as they ask it. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { request } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { ConsoleDeps } from '../../src/console/deps.ts'
import { RunningExports } from '../../src/console/exports/running-exports.ts'
import { OneTimeViews } from '../../src/console/one-time-views.ts'
import { buildServer } from '../../src/console/server.ts'
import { SessionUses } from '../../src/console/session-uses.ts'
import { SignedIn } from '../../src/console/signed-in.ts'
import type { AccountDeps } from '../../src/core/accounts/create-account.ts'
import { ensureMailKey } from '../../src/core/accounts/ensure-mail-key.ts'
import { ensureSystem } from '../../src/core/accounts/ensure-system.ts'
import { MessageDoor } from '../../src/core/messages/accept-message.ts'
import { Senders } from '../../src/core/messages/sender.ts'
import { becomePerson } from '../../src/core/people/links.ts'
import { type LinkMail, OwnMail, type OwnMailDeps } from '../../src/core/people/mail.ts'
import type { LogFields } from '../../src/process/log.ts'
import { nextCode, password, type TestPeople, testPeople } from '../people/people-support.ts'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface PeopleConsole extends TestPeople {
  app: FastifyInstance
  origin: string
  logged: [string, LogFields][]
  /** Links that went by mail. */
  sent: LinkMail[]
  uses: SessionUses
  mail: OwnMail
  mailDeps: OwnMailDeps
  operator: AccountDeps
  browser(): Browser
  /** An owner of the first account, or of that one, with an authenticator, signed in. */
  owner(email?: string, accountId?: string): Promise<SignedInBrowser>
  close(): Promise<void>
}

export interface SignedInBrowser {
  browser: Browser
  email: string
  /** Of the authenticator, base32. */
  secret: string
}

export async function startPeopleConsole(
  more: Partial<Pick<ConsoleDeps, 'dashboard' | 'signUp' | 'programs' | 'mail'>> = {},
): Promise<PeopleConsole> {
  const people = await testPeople()
  const { deps: core, vault, clock } = people
  const logged: [string, LogFields][] = []
  const sent: LinkMail[] = []
  const write = (fields: LogFields, event: string) => void logged.push([event, fields])
  const log = { debug: write, info: write, warn: write, error: write }
  const client = vault.client('console', core.ticket)
  const check = vault.check()
  const { sql } = core
  const alarm = write as (fields: { accountId: string; reason: string }) => void
  const common = { sql, vault: client, clock, log, check }
  const senders = new Senders({
    ...common,
    sandbox: true,
    door: 'console',
    alarm,
    onCanary: () => {},
  })
  const destinationKey = async () => {
    const { destinationKey: key } = await client.keys()
    if (!key) throw new Error('console gets the destination key')
    return key
  }
  const door = new MessageDoor({ sql, senders, clock, destinationKey, addsUnsubscribe: false })
  const { operatorToken } = people.database
  const operator = {
    sql: people.operatorSql,
    vault: vault.client('operator', operatorToken),
    clock,
  }
  const key = await mailKey(operator, operatorToken)
  const from = 'Postern <postern@postern.localhost>'
  const mailDeps = { senders, door, vault: client, key, from }
  const mail = new OwnMail(mailDeps)
  const uses = new SessionUses({ ...common, ticket: core.ticket })
  const signedIn = new SignedIn({ ...common, uses })
  const app = await buildServer({
    ...common,
    senders,
    door,
    mail: {
      isReady: true,
      sendLink: async (link) => {
        await mail.sendLink(link)
        sent.push(link)
      },
    },
    people: core,
    views: new OneTimeViews(clock),
    exports: new RunningExports(clock),
    signedIn,
    authenticate: signedIn.authenticate.bind(signedIn),
    authorityKey: vault.publicKey,
    retentionDays: 30,
    hostname: 'postern.test',
    bind: '127.0.0.1',
    consoleUrl: null,
    signUp: 'invitation',
    programs: {
      api: 'http://127.0.0.1:8025',
      smtp: { host: '127.0.0.1', port: 2587 },
      inbox: null,
      testDomain: 'postern.localhost',
    },
    ...more,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const bound = app.server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  const origin = `http://localhost:${port}`
  mail.standsAt(origin)
  const running: PeopleConsole = {
    ...people,
    app,
    origin,
    logged,
    sent,
    uses,
    mail,
    mailDeps,
    operator,
    browser: () => new Browser(port, clock),
    owner: (email = 'ada@example.com', accountId = people.accountId) =>
      ownerOf(running, { email, accountId }),
    async close() {
      await app.close()
      await uses.stop()
      await people.end()
    },
  }
  return running
}

/** As the first start of an instance makes it. */
async function mailKey(operator: AccountDeps, token: string): Promise<string> {
  let key = ''
  const keepKey = (made: string) => {
    key = made
  }
  await ensureSystem(operator, token)
  await ensureMailKey(operator, token, { known: null, keepKey })
  return key
}

async function ownerOf(
  running: PeopleConsole,
  { email, accountId }: { email: string; accountId: string },
): Promise<SignedInBrowser> {
  const token = await running.ownerLink(accountId)
  await becomePerson(running.deps, token, { name: 'Ada', email, password })
  const browser = running.browser()
  await browser.signIn({ email, password })
  const { h1 } = browser
  const { addTotp, beginTotp } = await import('../../src/core/people/factors.ts')
  const session = (await browser.ask('GET', '/api/session')).body
  const asking = { h1, userId: session.user.id, accountId: session.account_id }
  const secret = await beginTotp(running.deps, asking)
  const code = nextCode(secret, running.clock)
  await addTotp(running.deps, asking, { name: 'Phone', code })
  return { browser, email, secret }
}

/** What a page of the console does in a browser: its own key, its cookie, the headers that browsers send. */
export class Browser {
  readonly publicKey: string
  cookie: string | undefined
  private readonly privateKey: KeyObject
  private readonly port: number
  private readonly clock: { now(): number }

  constructor(port: number, clock: { now(): number }) {
    this.port = port
    this.clock = clock
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.privateKey = privateKey
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    this.publicKey = spki.subarray(-65).toString('base64url')
  }

  /** The proof that the database knows the session by. */
  get h1(): Buffer {
    if (!this.cookie) throw new Error('nobody is signed in here')
    return createHash('sha256').update(this.cookie).digest()
  }

  async signIn(body: Record<string, unknown>): Promise<Answer> {
    return this.ask('POST', '/api/sign-in', { ...body, browser_key: this.publicKey })
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    changed: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body))
    const host = `localhost:${this.port}`
    const headers: Record<string, string | undefined> = {
      host,
      origin: `http://${host}`,
      'sec-fetch-site': 'same-origin',
      'postern-proof': this.proof(method, path, bytes),
      ...(this.cookie === undefined ? {} : { cookie: `postern_session=${this.cookie}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...changed,
    }
    const answer = await send({ port: this.port, method, path, headers: present(headers) }, bytes)
    const set = [answer.headers['set-cookie'] ?? []]
      .flat()
      .find((one) => one.startsWith('postern_session='))
    const value = set && /^postern_session=([^;]*)/.exec(set)?.[1]
    if (value !== undefined) this.cookie = value === '' ? undefined : value
    return answer
  }

  proof(method: string, path: string, body: Buffer): string {
    const at = String(this.clock.now())
    const hash = createHash('sha256').update(body).digest('base64url')
    const key = { key: this.privateKey, dsaEncoding: 'ieee-p1363' as const }
    const signature = sign('sha256', Buffer.from(`${method}\n${path}\n${at}\n${hash}`), key)
    return `${at}.${signature.toString('base64url')}`
  }
}

function present(headers: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(headers)
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function send(
  options: { port: number; method: string; path: string; headers: Record<string, string> },
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', agent: false, ...options }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.once('end', () => {
        const isJson = /\/json/.test(response.headers['content-type'] ?? '')
        const said = isJson ? JSON.parse(text) : text
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: said })
      })
    })
    asked.once('error', reject)
    asked.end(body)
  })
}
