/**
 * Drill D13: a key stands in a public repository, and whoever finds it first uses it. Once a scanner has reported it, it
 * is refused at every door, while the keys beside it go on as if nothing had happened. What the endpoint of reports tells
 * whom stands in test/api/leaked-keys.test.ts.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { keysIn } from '../../src/cli/find-keys.ts'
import { makeToken } from '../../src/lib/token.ts'
import { asSuperuser, demandCleanLogs, liftLimits } from '../processes/running-postern.ts'
import { SmtpClient } from '../smtp/client.ts'
import { type Instance, startInstance } from '../support/instance.ts'
import { seededRandom } from '../support/load.ts'
import { waitFor } from '../support/wait-for.ts'

const scanner = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const promisedMs = 2_000
const refusedAfterDeadlineMs = 1_000

let instance: Instance
let folder: string
let accountId: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drill-'))
  const file = join(folder, 'scanners')
  const publicKey = scanner.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  writeFileSync(file, `drill  ${publicKey}\n`)
  instance = await startInstance({ settings: { POSTERN_SCANNER_KEYS_FILE: file } })
  const { stdout } = await instance.postern('account', 'list', '--json')
  accountId = JSON.parse(stdout).data[0].id
  await liftLimits(instance, accountId)
})
after(async () => {
  assert.equal(await instance.stop({ keepHome: true }), 0)
  demandCleanLogs(instance.home)
  for (const path of [instance.home, folder]) rmSync(path, { recursive: true, force: true })
})

interface Key {
  id: string
  token: string
}

async function ask(method: string, path: string, { key = instance.key, body }: Asking = {}) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const text = body === undefined ? null : JSON.stringify(body)
  const response = await fetch(`${instance.apiUrl}${path}`, { method, headers, body: text })
  return { status: response.status, body: await response.json() }
}

interface Asking {
  key?: string
  body?: unknown
}

async function makeKey(wanted: object = {}): Promise<Key> {
  const made = await ask('POST', '/api-keys', { body: { name: 'drill', ...wanted } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body as Key // as documented
}

async function sends(key: string): Promise<boolean> {
  const message = { from: 'Shop <shop@postern.localhost>', to: 'ada@postern.localhost' }
  const body = { ...message, subject: 'Hello', text: 'Hello' }
  return (await ask('POST', '/emails', { key, body })).status === 200
}

/** The reply to AUTH, without its number where it is refused. */
async function signIn(key: string): Promise<string> {
  const client = await SmtpClient.open(instance.runJson.ports.smtp)
  try {
    await client.reply()
    await client.ask('EHLO client.example')
    await client.ask('STARTTLS')
    await client.startTls()
    await client.ask('EHLO client.example')
    const plain = Buffer.from(`\0resend\0${key}`).toString('base64')
    return (await client.ask(`AUTH PLAIN ${plain}`)) ?? ''
  } finally {
    client.close()
  }
}

const signsIn = async (key: string) => (await signIn(key)).startsWith('235')

/** One use: when it began and ended, and whether it worked. */
interface Use {
  from: number
  to: number
  worked: boolean
}

/** Uses something again and again until it is told to stop; a machine that is slow makes fewer uses and no failures. */
function keepUsing(use: () => Promise<boolean>): { uses: Use[]; stop(): Promise<void> } {
  const uses: Use[] = []
  let stopping = false
  const loop = (async () => {
    while (!stopping) {
      const from = Date.now()
      const worked = await use()
      uses.push({ from, to: Date.now(), worked })
    }
  })()
  return {
    uses,
    async stop() {
      stopping = true
      await loop
    },
  }
}

async function report(...tokens: string[]): Promise<number> {
  const body = JSON.stringify(tokens.map((token) => ({ token, type: 'postern', url: '' })))
  const answer = await fetch(`${instance.apiUrl}/scan/leaked-keys`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'postern-scanner-key': 'drill',
      'postern-scanner-signature': sign('sha256', Buffer.from(body), scanner.privateKey).toString(
        'base64',
      ),
    },
    body,
  })
  return answer.status
}

async function linesOf(id: string): Promise<string[]> {
  const rows = await asSuperuser<{ line: string }>(
    instance,
    `select process || ' ' || action as line from postern.ledger where object_id = $1 order by id`,
    [id],
  )
  return rows.map(({ line }) => line)
}

test('a reported key is refused at every door within two seconds, and its siblings do not notice', async () => {
  const leaked = await makeKey()
  const siblings = await Promise.all([makeKey(), makeKey(), makeKey(), makeKey()])
  const repository = mkdtempSync(join(folder, 'repository-'))
  writeFileSync(join(repository, '.env'), `POSTERN_KEY=${leaked.token}\n`)
  const { code, stdout } = await instance.postern('scan', repository, '--live', '--json')
  assert.equal(code, 1)
  assert.equal(JSON.parse(stdout).data[0].key_id, leaked.id)

  const load = siblings.map(({ token }) => keepUsing(() => sends(token)))
  const overHttp = keepUsing(() => sends(leaked.token))
  const overSmtp = keepUsing(() => signsIn(leaked.token))
  const thief = [overHttp, overSmtp]
  const all = [...load, ...thief]
  try {
    const isUsed = () => all.every(({ uses }) => uses.length > 2)
    await waitFor(isUsed, { what: 'load at both doors', seconds: 60 })
    assert.ok(thief.every(({ uses }) => uses.some(({ worked }) => worked)))
    const reportedAt = Date.now()
    assert.equal(await report('no key of ours', leaked.token), 200)
    const isRefused = () => thief.every(({ uses }) => uses.at(-1)?.worked === false)
    await waitFor(isRefused, { what: 'a refusal at both doors', seconds: 60 })
    const seen = load.map(({ uses }) => uses.length)
    const goesOn = () => load.every(({ uses }, n) => uses.length > (seen[n] ?? 0) + 2)
    await waitFor(goesOn, { what: 'the siblings to go on', seconds: 60 })
    await Promise.all(all.map((one) => one.stop()))
    const late = thief.flatMap(({ uses }) =>
      uses.filter(({ from, worked }) => worked && from > reportedAt + promisedMs),
    )
    assert.deepEqual(late, [])
    for (const { uses } of load) assert.ok(uses.every(({ worked }) => worked))
  } finally {
    await Promise.all(all.map((one) => one.stop()))
  }
  assert.deepEqual(await linesOf(leaked.id), ['api credential.create', 'api credential.leak'])
})

test('a rolled key works through its overlap without a failure, and ends with it', async () => {
  const old = await makeKey()
  const rolled = await ask('POST', `/api-keys/${old.id}/roll`, { body: { overlap_seconds: 4 } })
  assert.equal(rolled.status, 201)
  const { token, predecessor } = rolled.body as {
    token: string
    predecessor: { expires_at: string }
  }
  const deadline = Date.parse(predecessor.expires_at)
  const before = keepUsing(() => sends(old.token))
  const after = keepUsing(() => sends(token))
  try {
    const isOver = () => before.uses.at(-1)?.worked === false && after.uses.length > 2
    await waitFor(isOver, { what: 'the end of the overlap', seconds: 60 })
  } finally {
    await Promise.all([before.stop(), after.stop()])
  }
  assert.deepEqual(
    before.uses.filter(({ to, worked }) => !worked && to < deadline),
    [],
  )
  const late = before.uses.filter(
    ({ from, worked }) => worked && from > deadline + refusedAfterDeadlineMs,
  )
  assert.deepEqual(late, [])
  assert.ok(after.uses.every(({ worked }) => worked))
})

test('a canary alarms at every door before it is answered, and is answered as a key nobody has', async () => {
  const [one, other] = [await makeKey({ canary: true }), await makeKey({ canary: true })]
  const unknown = makeToken('live')
  assert.deepEqual(
    await ask('GET', '/domains', { key: one.token }),
    await ask('GET', '/domains', { key: unknown }),
  )
  assert.deepEqual(await linesOf(one.id), ['api credential.create', 'api credential.canary'])
  assert.equal(await signIn(other.token), await signIn(unknown))
  assert.deepEqual(await linesOf(other.id), ['api credential.create', 'smtp credential.canary'])
  for (const [name, id] of [
    ['api', one.id],
    ['smtp', other.id],
  ] as const) {
    const hasAlarmed = () =>
      readFileSync(join(instance.home, 'log', `${name}.log`), 'utf8')
        .split('\n')
        .some((line) => line.includes('alarm: canary key used') && line.includes(id))
    await waitFor(hasAlarmed, { what: `the alarm in the log of ${name}` })
  }
})

test('a key without emails:send does not sign in by SMTP, and one with it does', async () => {
  const { stdout } = await instance.postern(
    ...['key', 'create', '--account', accountId, '--scopes', 'emails:read,logs:read', '--json'],
  )
  const { api_key: reader } = JSON.parse(stdout)
  assert.match(await signIn(reader), /^550 .*emails:send/)
  const { token } = await makeKey({ scopes: ['emails:send'] })
  assert.equal(await signsIn(token), true)
})

test('among a million random strings in the form of a key none is taken for one', () => {
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const random = seededRandom(13)
  let found = 0
  for (let round = 0; round < 100; round++) {
    let text = ''
    for (let line = 0; line < 10_000; line++) {
      let key = ''
      for (let n = 0; n < 36; n++) key += letters[Math.floor(random() * letters.length)]
      text += `pst_live_${key}\n`
    }
    found += keysIn(text).length
  }
  assert.equal(found, 0)
  assert.equal(keysIn(makeToken('live')).length, 1)
})
