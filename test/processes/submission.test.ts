/** Submission by the real executable: from a client's bytes to the recipient's host, signed and otherwise untouched. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { TLSSocket } from 'node:tls'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import nodemailer from 'nodemailer'
import { verifyDomain } from '../../bench/verified-domain.ts'
import { makeSelfSigned } from '../../src/lib/certificate.ts'
import { SmtpClient } from '../smtp/client.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { type Instance, startInstance } from '../support/instance.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import { demandCleanLogs } from './running-postern.ts'

let dns: DnsServer
let host: MailHost
let instance: Instance
let folder: string
let accountId: string

before(async () => {
  dns = await startDnsServer()
  host = await startMailHost()
  folder = mkdtempSync(join(tmpdir(), 'routes-'))
  const routes = join(folder, 'routes')
  writeFileSync(routes, `sink.test smtp://127.0.0.1:${host.port}\n`)
  instance = await startInstance({
    settings: { POSTERN_DNS: dns.address, POSTERN_ROUTES_FILE: routes },
  })
  const base = instance.apiUrl
  await verifyDomain({ base, key: instance.key, zone: dns.zone })
  const { stdout } = await instance.postern('account', 'list', '--json')
  accountId = JSON.parse(stdout).data[0].id
  await instance.postern('account', 'limits', accountId, '--requests-per-second', '1000')
})

after(async () => {
  assert.equal(await instance.stop({ keepHome: true }), 0)
  demandCleanLogs(instance.home)
  for (const path of [instance.home, folder]) rmSync(path, { recursive: true, force: true })
  await Promise.all([dns.stop(), host.stop()])
})

async function signedIn(key = instance.key): Promise<SmtpClient> {
  const client = await SmtpClient.open(instance.runJson.ports.smtp)
  await client.reply()
  await client.ask('EHLO client.example')
  await client.ask('STARTTLS')
  await client.startTls()
  await client.ask('EHLO client.example')
  const plain = Buffer.from(`\0resend\0${key}`).toString('base64')
  assert.match((await client.ask(`AUTH PLAIN ${plain}`)) ?? '', /^235/)
  return client
}

/** The id that the reply tells. */
function idOf(reply: string | null): string {
  const [, id] = /^250 2\.0\.0 OK: queued as ([0-9a-f-]{36})$/.exec(reply ?? '') ?? []
  return id ?? assert.fail(`not accepted: ${reply}`)
}

async function call(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${instance.apiUrl}${path}`, {
    headers: { authorization: `Bearer ${instance.key}` },
  })
  assert.equal(response.status, 200)
  return (await response.json()) as Record<string, unknown>
}

function read(id: string): Promise<Record<string, unknown>> {
  return call(`/emails/${id}`)
}

async function arrivalFor(recipient: string): Promise<Buffer> {
  const find = () => host.messages.find(({ recipients }) => recipients.includes(recipient))
  await waitFor(() => find() !== undefined, { what: `mail for ${recipient}`, seconds: 20 })
  return find()!.source
}

/** As our own signing domain stands in the test's DNS. */
async function verdicts(source: Buffer) {
  const resolver = async (name: string) => (dns.zone[name]?.TXT ?? []).map((value) => [value])
  const { results } = await dkimVerify(source, { resolver })
  return results.map(({ status, signingDomain }) => [status.result, signingDomain])
}

test('the first screen tells where submission is', () => {
  const { smtp, smtps } = instance.runJson.ports
  const line = `SMTP     127.0.0.1:${smtp} (STARTTLS), ${smtps} (TLS); user resend, the key as password`
  assert.ok(instance.output().includes(line), instance.output())
})

const original = [
  'Date: Thu, 26 Nov 2026 11:13:15 +0000',
  'From: =?utf-8?Q?Sh=C3=B6p?=  <shop@send.bench.test>',
  'To: Ada <ada@sink.test>',
  'Bcc: hidden@sink.test',
  'Message-ID: <own@send.bench.test>',
  'Subject:   odd   blanks ',
  '\tand a fold',
  'X-Postern-Tag: kind=order',
  'Return-Path: <nobody@example.org>',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  '.Grüße',
  '..',
  '',
  'End  ',
  '',
  '',
]
const kept = original.filter((line) => !/^(Bcc|X-Postern-Tag|Return-Path):/.test(line))

test('a message reaches its host byte for byte but for what is added and taken away, and signed', async () => {
  const client = await signedIn()
  const stuffed = original.map((line) => line.replace(/^\./, '..')).join('\r\n')
  const id = idOf(await client.send(stuffed, ['ada@sink.test', 'hidden@sink.test']))
  for (const recipient of ['ada@sink.test', 'hidden@sink.test']) {
    const source = await arrivalFor(recipient)
    const text = source.toString('utf8')
    const [, trace, rest] =
      /^DKIM-Signature:[\s\S]*?\r\n(Received: [\s\S]*?)(Date: [\s\S]*)$/.exec(text) ?? []
    assert.match(
      trace ?? text,
      new RegExp(`^Received: by postern\\.localhost with ESMTPSA id ${id};\\r\\n\\t[^\\r]*\\r\\n$`),
    )
    assert.equal(rest, `${kept.join('\r\n')}\r\n`)
    assert.deepEqual(await verdicts(source), [['pass', 'send.bench.test']])
  }
  const message = await read(id)
  assert.equal(message.message_id, '<own@send.bench.test>')
  assert.deepEqual(message.to, ['Ada <ada@sink.test>'])
  assert.deepEqual(message.bcc, ['hidden@sink.test'])
  assert.deepEqual(message.tags, [{ name: 'kind', value: 'order' }])
  client.close()
})

test('in the local inbox it is the same', async () => {
  const client = await signedIn()
  const source = original.map((line) => line.replace('ada@sink.test', 'ada@example.com'))
  const stuffed = source.map((line) => line.replace(/^\./, '..')).join('\r\n')
  idOf(await client.send(stuffed, ['ada@example.com']))
  let found = ''
  await waitFor(
    async () => {
      const list = await (await fetch(`${instance.inboxUrl}/api/messages`)).json()
      const [first] = (list as { data: { id: string }[] }).data
      if (!first) return false
      const one = await (await fetch(`${instance.inboxUrl}/api/messages/${first.id}`)).json()
      found = (one as { source: string }).source
      return true
    },
    { what: 'the message in the inbox', seconds: 20 },
  )
  const expected = kept.join('\r\n').replace('ada@sink.test', 'ada@example.com')
  assert.match(found, /^DKIM-Signature: /)
  assert.ok(found.endsWith(`\r\n${expected}\r\n`), found)
  client.close()
})

for (const port of ['smtp', 'smtps'] as const) {
  test(`nodemailer sends over ${port}, trusting the certificate in the home`, async () => {
    const transport = nodemailer.createTransport({
      host: '127.0.0.1',
      port: instance.runJson.ports[port],
      secure: port === 'smtps',
      requireTLS: true,
      pool: true,
      maxConnections: 3,
      auth: { user: 'resend', pass: instance.key },
      tls: { ca: readFileSync(join(instance.home, 'tls/certificate.pem')) },
    })
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        transport.sendMail({
          from: 'Jörg <shop@send.bench.test>',
          to: `${port}-${n}@sink.test`,
          subject: `Nummer ${n} für dich`,
          text: `.\n..\n${'long '.repeat(300)}`,
          html: '<p>Grüße</p>',
          attachments: [{ filename: 'ä.bin', content: Buffer.alloc(5_000, n) }],
        }),
      ),
    )
    for (const { response } of sent) idOf(response)
    const source = await arrivalFor(`${port}-19@sink.test`)
    assert.deepEqual(await verdicts(source), [['pass', 'send.bench.test']])
    transport.close()
    const id = idOf(sent[19]?.response ?? null)
    const { html, text } = await read(id)
    assert.deepEqual(html, '<p>Grüße</p>')
    assert.match(String(text), /^\.\n\.\.\nlong long/)
    const list = await call(`/emails/${id}/attachments`)
    const [file, ...more] = (list as { data: Record<string, string>[] }).data
    assert.ok(file && more.length === 0)
    assert.deepEqual([file.filename, file.size], ['ä.bin', 5_000])
    const bytes = await (await fetch(String(file.download_url))).arrayBuffer()
    assert.deepEqual(Buffer.from(bytes), Buffer.alloc(5_000, 19))
  })
}

test('a message sent again under its idempotency key keeps its id and is sent once; another one is refused', async () => {
  const client = await signedIn()
  const of = (body: string) =>
    ['From: shop@send.bench.test', 'X-Postern-Idempotency-Key: order-7', '', body].join('\r\n')
  const first = idOf(await client.send(of('Hello'), ['once@sink.test']))
  assert.equal(idOf(await client.send(of('Hello'), ['once@sink.test'])), first)
  assert.match((await client.send(of('Other'), ['once@sink.test'])) ?? '', /^554 5\.5\.4 This/)
  assert.match((await client.send(of('Hello'), ['other@sink.test'])) ?? '', /^554 5\.5\.4/)
  const source = await arrivalFor('once@sink.test')
  assert.doesNotMatch(source.toString(), /idempotency/i)
  assert.match(
    source.toString(),
    new RegExp(`^Message-ID: <${first}@send\\.bench\\.test>\\r$`, 'm'),
  )
  client.close()
})

test('a scheduled message waits, and a time that cannot be read is refused with the way to write it', async () => {
  const client = await signedIn()
  const at = (time: string) =>
    ['From: shop@send.bench.test', `X-Postern-Scheduled-At: ${time}`, '', 'Later'].join('\r\n')
  const id = idOf(await client.send(at('in 2 hours'), ['later@sink.test']))
  const scheduledAt = Date.parse(String((await read(id)).scheduled_at))
  assert.ok(Math.abs(scheduledAt - Date.now() - 2 * 3600_000) < 60_000)
  const reply = await client.send(at('sometime'), ['later@sink.test'])
  assert.match(reply ?? '', /^554[- ]5\.6\.0 The X-Postern-Scheduled-At header/)
  client.close()
})

test('what the core refuses is told with the fix, and the session goes on', async () => {
  const client = await signedIn()
  const cases: [head: string, reply: RegExp][] = [
    ['From: a@elsewhere.example', /^550[- ]5\.7\.1 The domain elsewhere\.example is not verified/],
    ['Subject: no sender', /^554[- ]5\.6\.0 .*without From/],
    ['From: a@send.bench.test, b@send.bench.test', /^554[- ]5\.6\.0 .*exactly one/],
    ['From: shop@send.bench.test\r\nX-SMTPAPI: {}', /^554[- ]5\.5\.4 The X-SMTPAPI header/],
    ['From: shop@send.bench.test\r\nX-Postern-Tag: two words', /^554[- ]5\.6\.0 The X-Postern-Tag/],
  ]
  for (const [head, reply] of cases) {
    assert.match((await client.send(`${head}\r\n\r\nHello`, ['x@sink.test'])) ?? '', reply)
  }
  idOf(await client.send('From: shop@send.bench.test', ['header-only@sink.test']))
  await arrivalFor('header-only@sink.test')
  client.close()
})

test('the account finds its messages by SMTP in its log, with the client, and where its key was last used', async () => {
  const made = await instance.postern('key', 'create', '--account', accountId, '--json')
  const { id: keyId, api_key: apiKey } = JSON.parse(made.stdout)
  const client = await signedIn(apiKey)
  idOf(await client.send('From: shop@send.bench.test', ['logged@sink.test']))
  assert.match((await client.send('From: a@elsewhere.example')) ?? '', /^550/)
  client.close()
  type Line = { id: string; method: string; endpoint: string; response_status: number }
  const lines = async () => {
    const { data } = await call('/logs?limit=100')
    const newest = (data as Line[]).filter(({ method }) => method === 'SMTP').slice(0, 2)
    return Promise.all(newest.map(({ id }) => call(`/logs/${id}`)))
  }
  const own = async () => (await lines()).filter((line) => line.api_key_id === keyId)
  await waitFor(async () => (await own()).length === 2, { what: 'both lines', seconds: 20 })
  const told = (await own()).map((line) => [
    line.endpoint,
    line.response_status,
    line.user_agent,
    line.client_address,
  ])
  const address = (await own())[0]?.client_address
  assert.match(String(address), /127\.0\.0\.1$/)
  assert.deepEqual(told, [
    ['/smtp', 403, 'client.example', address],
    ['/smtp', 200, 'client.example', address],
  ])
  assert.equal((await call(`/api-keys/${keyId}`)).last_used_from, address)
})

test('a revoked key ends its open session within seconds, and its use was noted', async () => {
  const made = await instance.postern('key', 'create', '--account', accountId, '--json')
  const { id, api_key: apiKey } = JSON.parse(made.stdout)
  const client = await signedIn(apiKey)
  idOf(await client.send('From: shop@send.bench.test\r\n\r\nHello', ['used@sink.test']))
  const other = await signedIn()
  const from = performance.now()
  const { code } = await instance.postern('key', 'revoke', id)
  assert.equal(code, 0)
  assert.match((await client.reply()) ?? '', /^421 4\.7\.0 The API key is no longer valid/)
  assert.equal(await client.reply(), null)
  assert.ok(performance.now() - from < 5_000)
  const keys = await instance.postern('key', 'list', '--account', accountId, '--json')
  const used = JSON.parse(keys.stdout).data.find((key: { id: string }) => key.id === id)
  assert.ok(Date.now() - Date.parse(used.last_used_at) < 60_000)
  assert.match((await other.ask('NOOP')) ?? '', /^250/)
  other.close()
})

test('while the database is away a message gets 451, and one that got 250 is there afterwards', async () => {
  const client = await signedIn()
  const killed = instance.kill('postgres')
  const replies: (string | null)[] = []
  const isAccepted = (reply: string | null | undefined) => reply?.startsWith('250') === true
  const wasAway = () => replies.some((reply) => reply?.startsWith('451'))
  // What reached the database before it noticed its own end is accepted rightly.
  while (!wasAway() || !isAccepted(replies.at(-1))) {
    const to = `away-${replies.length}@sink.test`
    replies.push(await client.send('From: shop@send.bench.test', [to]))
    assert.match(replies.at(-1) ?? '', /^(250 2\.0\.0|451 4\.3\.0) /)
  }
  await instance.untilReplaced('postgres', killed)
  for (const [n, reply] of replies.entries()) {
    if (!isAccepted(reply)) continue
    await read(idOf(reply))
    await arrivalFor(`away-${n}@sink.test`)
  }
  client.close()
})

test('smtp killed: the ports are the same when it is back, and what it had answered is delivered', async () => {
  const { ports } = instance.runJson
  const client = await signedIn()
  idOf(await client.send('From: shop@send.bench.test', ['killed@sink.test']))
  await instance.untilReplaced('smtp', instance.kill('smtp'))
  assert.deepEqual(instance.runJson.ports, ports)
  idOf(await (await signedIn()).send('From: shop@send.bench.test', ['back@sink.test']))
  await Promise.all([arrivalFor('killed@sink.test'), arrivalFor('back@sink.test')])
})

test('a certificate that is replaced is shown to who comes next, and open sessions go on', async () => {
  const files = join(instance.home, 'tls')
  assert.equal(statSync(join(files, 'key.pem')).mode & 0o077, 0)
  const open = await signedIn()
  const pair = makeSelfSigned({
    dnsNames: ['new.example.com'],
    addresses: [],
    from: new Date(Date.now() - 60_000),
    days: 2,
  })
  writeFileSync(join(files, 'certificate.pem'), pair.certificate)
  writeFileSync(join(files, 'key.pem'), pair.key)
  await waitFor(
    async () => {
      const client = await SmtpClient.openTls(instance.runJson.ports.smtps)
      const { socket } = client
      const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
      client.close()
      return shown?.fingerprint256 === new X509Certificate(pair.certificate).fingerprint256
    },
    { what: 'the new certificate' },
  )
  idOf(await open.send('From: shop@send.bench.test\r\n\r\nHello', ['still@sink.test']))
  open.close()
  writeFileSync(join(files, 'key.pem'), 'no key')
  await waitFor(() => instance.output().includes('changed and not taken'), { what: 'a complaint' })
  idOf(await (await signedIn()).send('From: shop@send.bench.test', ['on@sink.test']))
})
