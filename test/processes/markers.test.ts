/**
 * The disk image: what customers write is in no table, no file of the database, no log and no file of the inbox, in any
 * usual encoding. Only the files that are the operator's own secrets are left out.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import nodemailer from 'nodemailer'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import { DiskSearch, lookAtTables } from './disk-image.ts'
import { liftLimits, type RunningPostern, startPostern } from './running-postern.ts'

const messagesCount = 72
const operatorsOwn = ['root.key', 'first-account.key', 'operator.token', 'database.password']
const checkout = resolve(import.meta.dirname, '../..')
const startedAt = Date.now()

const planted: string[] = []
let host: MailHost
let postern: RunningPostern

before(async () => {
  host = await startMailHost({
    script: ({ step, text }) =>
      step === 'rcpt' ? `550 5.1.1 Nobody here is called ${text.slice(8)}` : undefined,
  })
  postern = await startPostern({ 'refuses.test': host.port })
})

after(async () => {
  assert.equal(await postern.stop(), 0, postern.output())
  await host.stop()
})

/** Letters and digits only, so that it may stand anywhere, addresses in small letters included. */
function marker(): string {
  const text = `m${randomBytes(12).toString('hex')}`
  planted.push(text)
  return text
}

async function post(path: string, key: string, body: object, headers = {}): Promise<Response> {
  return fetch(`${postern.apiUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** To the inbox, some of them to recipients that bounce or are deferred, and to a host that quotes the address. */
function recipientOf(index: number): string {
  if (index % 8 === 1) return `bounced+${marker()}@postern.localhost`
  if (index % 8 === 2) return `deferred+${marker()}@postern.localhost`
  if (index % 8 === 3) return `${marker()}@refuses.test`
  return `${marker()}@${marker()}.example`
}

function messageOf(index: number): object {
  return {
    from: `${marker()} <${marker()}@postern.localhost>`,
    to: [`${marker()} <${recipientOf(index)}>`],
    cc: `${marker()}@example.com`,
    bcc: `${marker()}@example.com`,
    reply_to: `${marker()}@example.com`,
    subject: `About ${marker()}`,
    html: `<p>Dear ${marker()}</p>${'<p>and so on</p>'.repeat(index)}`,
    text: `Dear ${marker()}${' and so on'.repeat(index)}`,
    headers: { 'X-Reference': marker() },
    tags: [{ name: marker(), value: marker() }],
    ...(index % 6 === 0 ? { attachments: [attachment()] } : {}),
  }
}

function attachment(): object {
  return {
    filename: `${marker()}.txt`,
    content: Buffer.from(`Dear ${marker()}`).toString('base64'),
    content_id: marker(),
  }
}

function sealedMail(): { from: string; to: string; subject: string; text: string } {
  const to = `${marker()}@example.com`
  return { from: 'a@postern.localhost', to, subject: marker(), text: `Dear ${marker()}` }
}

/** By the other ways in, and by what is kept of messages beside themselves. */
async function plantByOtherWays(token: string): Promise<void> {
  const sent = await post('/emails', token, { ...sealedMail(), attachments: [attachment()] })
  const { id } = (await sent.json()) as { id: string }
  const shared = (await (await post(`/emails/${id}/share`, token, {})).json()) as { url: string }
  planted.push(shared.url.split('/').at(-1) ?? '')
  const scheduled = await post('/emails', token, { ...sealedMail(), scheduled_at: 'in 2 days' })
  assert.equal(scheduled.status, 200)
  const address = { path: `https://${marker()}.test/${marker()}`, filename: marker() }
  const fetched = await post('/emails', token, { ...sealedMail(), attachments: [address] })
  assert.equal(fetched.status, 200)
  assert.equal((await post('/suppressions', token, { email: `${marker()}@a.test` })).status, 201)
  const raw = `From: a@postern.localhost\r\nTo: ${marker()}@a.test\r\nSubject: ${marker()}\r\n\r\nDear ${marker()}\r\n`
  const whole = await fetch(`${postern.apiUrl}/emails/raw`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' },
    body: raw,
  })
  assert.equal(whole.status, 200, await whole.text())
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port: postern.runJson.ports.smtp,
    ignoreTLS: true,
    auth: { user: 'postern', pass: token },
  })
  await transport.sendMail({
    ...sealedMail(),
    attachments: [{ filename: `${marker()}.txt`, content: `Dear ${marker()}` }],
  })
  transport.close()
}

async function plantEverywhere(): Promise<void> {
  const names = ['--name', `Company ${marker()}`, '--email', `${marker()}@example.com`, '--json']
  const { stdout } = await postern.postern('account', 'create', ...names)
  const { id, api_key: token } = JSON.parse(stdout)
  await liftLimits(postern, id)
  const { code } = await postern.postern('account', 'logs', id, '--bodies', 'on')
  assert.equal(code, 0)
  planted.push(token.slice('pst_live_'.length, -6))
  for (let index = 0; index < messagesCount; index++) {
    const headers = { 'idempotency-key': marker() }
    const response = await post('/emails', token, messageOf(index), headers)
    assert.equal(response.status, 200, await response.text())
  }
  for (let count = 0; count < 5; count++) {
    const made = (await (await post('/api-keys', token, { name: marker() })).json()) as {
      token: string
    }
    planted.push(made.token.slice('pst_live_'.length, -6))
  }
  await plantByOtherWays(token)
  // What is refused leaves nothing either.
  await post('/emails', token, { from: `${marker()}@postern.localhost`, to: `${marker()} at home` })
  await post('/emails', token, { from: `a@${marker()}.test`, to: 'b@example.com', text: marker() })
  await fetch(`${postern.apiUrl}/emails/${marker()}?name=${marker()}`)
  await post(`/${marker()}`, `pst_live_${marker()}`, { name: marker() })
}

async function untilTried(): Promise<void> {
  await waitFor(
    async () => {
      const untried = await postern.query(
        `select from postern.deliveries
          where attempts = 0 and state in ('queued', 'attempting') and holds is null and due_at <= now() limit 1`,
      )
      return untried.length === 0
    },
    { what: 'a first try of every message', seconds: 120 },
  )
}

/** Everything there is, anew. */
async function searchAll(): Promise<DiskSearch> {
  await postern.query('checkpoint')
  const search = new DiskSearch(planted)
  const tables = await lookAtTables(search, postern)
  assert.ok(tables > 20, 'all tables were read')
  search.lookAtFolder(postern.home, { except: operatorsOwn })
  search.lookAtFolder(postern.runJson.sockets)
  search.lookAtFolder(checkout, { except: ['node_modules', '.git'], changedSince: startedAt })
  search.look('what was printed', Buffer.from(postern.output()))
  return search
}

test('none of a thousand planted texts is in the tables, the database folder, the logs or the inbox', async (context) => {
  await plantEverywhere()
  assert.ok(planted.length >= 1_000, `${planted.length} texts`)
  await untilTried()
  const outcomes = await postern.query<{ outcome: string }>(
    'select distinct outcome from postern.attempts order by outcome',
  )
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['bounced', 'deferred', 'delivered'],
  )
  const search = await searchAll()
  assert.deepEqual(search.hits.slice(0, 5), [])
  assert.ok(search.bytes > 30 * 1024 * 1024, 'the database folder was read')
  context.diagnostic(
    `${planted.length} texts, ${search.places} places, ${Math.round(search.bytes / 1024 ** 2)} MB`,
  )
})

test('the inbox and the API do hold what was planted, for those who may read it', async () => {
  const listed = await (await fetch(`${postern.inboxUrl}/api/messages`)).text()
  assert.ok(planted.some((text) => listed.includes(text)))
})

test('the search finds a text that stands in the clear, in a table and its files, in a log, encoded or compressed', async () => {
  const [one = '', two = '', three = '', four = '', five = ''] = planted
  await postern.query('insert into private.migrations (name) values ($1)', [one])
  const log = join(postern.home, 'log')
  const pairs: [string, string | Buffer][] = [
    ['plain.log', `to ${two}`],
    ['base64.log', Buffer.from(`to=${three}`).toString('base64')],
    ['gzip.bin', Buffer.concat([Buffer.from('head'), gzipSync(`to ${four}`)])],
    ['zstd.bin', Buffer.concat([Buffer.from('head'), zstdCompressSync(`to ${five}`)])],
    ['wide.log', Buffer.from(two, 'utf16le')],
    ['hex.log', Buffer.from(three).toString('hex')],
  ]
  for (const [name, content] of pairs) writeFileSync(join(log, name), content)
  const { hits } = await searchAll()
  const places = new Set(hits.map(({ place }) => place.replace(/ \(.*/, '')))
  assert.ok(places.has('table private.migrations'))
  assert.ok([...places].some((place) => place.includes('/pg_wal/')))
  assert.ok([...places].some((place) => place.includes('/base/')))
  for (const [name] of pairs) {
    assert.ok(places.has(join(log, name)), name)
    rmSync(join(log, name))
  }
})
