/**
 * Drill D11: signing keys may be in the wrong hands. The operator rotates those of every domain with one command while
 * mail goes on, nobody edits DNS for it, and no receiver meets a signature that does not verify. A domain whose standby
 * key is not published is named and left as it was. `POSTERN_DRILL_DOMAINS` sets how many domains there are.
 */
import assert from 'node:assert/strict'
import { Resolver } from 'node:dns/promises'
import { after, before, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { demandCleanLogs, liftLimits } from '../processes/running-postern.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { type Instance, startInstance } from '../support/instance.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'

const hostname = 'mail.postern.test'
const domainCount = Number(process.env.POSTERN_DRILL_DOMAINS ?? 6)
const withinMs = 60_000
const workers = 3
/** Making keys and looking at them takes its time, of many domains or on a slow machine. */
const seconds = 120 + domainCount

let instance: Instance
let dns: DnsServer
let host: MailHost
let accountId: string
const names = Array.from({ length: domainCount }, (_, nth) => `d${nth}.example`)
const unpublished = names.at(-1) ?? ''

before(async () => {
  dns = await startDnsServer()
  host = await startMailHost()
  instance = await startInstance({
    settings: {
      POSTERN_DNS: dns.address,
      POSTERN_HOSTNAME: hostname,
      POSTERN_ROUTE: `smtp://127.0.0.1:${host.port}`,
    },
  })
  accountId = JSON.parse((await instance.postern('account', 'list', '--json')).stdout).data[0].id
  await liftLimits(instance, accountId)
  await inTurns(names, addDomain)
})
after(async () => {
  const code = await instance?.stop({ keepHome: true })
  await host?.stop()
  await dns?.stop()
  assert.equal(code, 0)
  demandCleanLogs(instance.home)
})

async function ask(method: string, path: string, body?: unknown) {
  const response = await fetch(`${instance.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${instance.key}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await response.text()
  assert.equal(response.ok, true, text)
  return JSON.parse(text)
}

async function inTurns(all: readonly string[], work: (name: string) => Promise<void>) {
  const waiting = [...all]
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await work(name)
  }
  await Promise.all(Array.from({ length: workers }, worker))
}

/** Every other domain publishes its keys by CNAME; one forgets its standby key. */
async function addDomain(name: string): Promise<void> {
  const { id, records } = await ask('POST', '/domains', { name })
  const aliases = names.indexOf(name) % 2 === 0
  const { records: others } = await ask('GET', `/domains/${id}?dkim=cname`)
  for (const [nth, { record, name: label, value }] of records.entries()) {
    if (record !== 'DKIM' || (name === unpublished && nth === 1)) continue
    const full = `${label}.${name}`
    if (aliases) {
      dns.zone[full] = { CNAME: others[nth].value }
      dns.zone[others[nth].value] = { TXT: [value] }
    } else dns.zone[full] = { TXT: [value] }
  }
  await ask('POST', `/domains/${id}/verify`)
}

interface Sent {
  domain: string
  acceptedAt: number
}

/** Mail of every domain in turn until it is told to stop; a slow machine sends less. */
function keepSending() {
  const sent: Sent[] = []
  let stopping = false
  let nth = 0
  const loop = async () => {
    while (!stopping) {
      const domain = names[nth++ % names.length] ?? ''
      const number = sent.push({ domain, acceptedAt: Number.POSITIVE_INFINITY }) - 1
      const message = { from: `Shop <shop@${domain}>`, to: 'reader@example.test', text: 'Hello' }
      await ask('POST', '/emails', { ...message, subject: `number ${number}` })
      sent[number] = { domain, acceptedAt: Date.now() }
    }
  }
  const ended = Promise.all(Array.from({ length: workers }, loop))
  return {
    sent,
    async stop() {
      stopping = true
      await ended
    },
  }
}

interface Verified extends Sent {
  result: string
  selector: string
}

/** As a receiver does, whose resolver never asks twice. */
async function verifyAll(sent: readonly Sent[]): Promise<Verified[]> {
  const resolver = new Resolver()
  resolver.setServers([dns.address])
  const known = new Map<string, string[][]>()
  const resolve = async (name: string) => {
    const answer = known.get(name) ?? (await resolver.resolveTxt(name))
    known.set(name, answer)
    return answer
  }
  const verified: Verified[] = []
  for (const { source } of host.messages) {
    const { results } = await dkimVerify(source, { resolver: resolve })
    const number = Number(/^Subject: number (\d+)/im.exec(source.toString())?.[1])
    const message = sent[number] ?? assert.fail('a message that nobody has sent')
    assert.equal(results.length, 1)
    assert.equal(results[0]?.signingDomain, message.domain)
    const { status, selector } = results[0]
    verified.push({ ...message, result: String(status.result), selector: String(selector) })
  }
  return verified
}

const delivered = (sent: readonly Sent[], sinceMs: number) => {
  const domains = new Set<string>()
  for (const { source } of host.messages) {
    const message = sent[Number(/^Subject: number (\d+)/im.exec(source.toString())?.[1])]
    if (message && message.acceptedAt > sinceMs) domains.add(message.domain)
  }
  return domains.size === names.length
}

async function statuses(): Promise<string[]> {
  const { stdout } = await instance.postern('domain', 'list', '--json')
  return JSON.parse(stdout).data.map(({ status }: { status: string }) => status)
}

test('every domain with a published standby key changes keys under load, and every signature verifies', async (t) => {
  const isVerified = async () => (await statuses()).every((status) => status === 'verified')
  await waitFor(isVerified, { what: 'every domain to be verified', seconds })
  const zone = JSON.stringify(dns.zone)
  const load = keepSending()
  let startedAt = 0
  let endedAt = 0
  try {
    await waitFor(() => delivered(load.sent, 0), { what: 'mail of every domain', seconds })
    startedAt = Date.now()
    const { code, stdout, stderr } = await instance.postern('domain', 'rotate', '--all', '--json')
    endedAt = Date.now()
    assert.equal(code, 1, stderr)
    const { rotated, left } = JSON.parse(stdout)
    assert.deepEqual(
      rotated.map(({ name }: { name: string }) => name).sort(),
      names.filter((name) => name !== unpublished).sort(),
    )
    assert.deepEqual(
      left.map(({ name, record, found }: Left) => [name, record, found]),
      [[unpublished, `postern2._domainkey.${unpublished}`, []]],
    )
    assert.match(left[0].expected, /^p=/)
    await waitFor(() => delivered(load.sent, endedAt), { what: 'mail signed since', seconds })
  } finally {
    await load.stop()
  }
  assert.ok(endedAt - startedAt < withinMs, `${endedAt - startedAt} ms`)
  await waitFor(() => host.messages.length >= load.sent.length, { what: 'all mail', seconds })
  const verified = await verifyAll(load.sent)
  assert.equal(verified.length, load.sent.length)
  assert.deepEqual(
    verified.filter(({ result }) => result !== 'pass'),
    [],
  )
  const since = verified.filter(({ acceptedAt }) => acceptedAt > endedAt)
  for (const { domain, selector } of since) {
    assert.equal(selector, domain === unpublished ? 'postern1' : 'postern2', domain)
  }
  assert.equal(JSON.stringify(dns.zone), zone, 'nobody edited DNS')
  t.diagnostic(
    `${domainCount} domains in ${endedAt - startedAt} ms, ${verified.length} messages verified, ${verified.filter(({ selector }) => selector === 'postern2').length} by the other key`,
  )
})

interface Left {
  name: string
  record: string | null
  found: string[] | null
}

test('one domain is rotated once its record is there, and says what stands there instead', async () => {
  const record = `postern2._domainkey.${unpublished}`
  const rotate = () => instance.postern('domain', 'rotate', accountId, unpublished)
  dns.zone[record] = { TXT: ['p=another'] }
  const { code, stdout } = await rotate()
  assert.equal(code, 1)
  assert.match(stdout, /found +p=another/)
  const expected = /expected (p=\S+)/.exec(stdout)?.[1] ?? assert.fail(stdout)
  dns.zone[record] = { TXT: [expected] }
  const answer = await rotate()
  assert.deepEqual([answer.code, answer.stderr], [0, ''])
  assert.match(answer.stdout, /1 domain rotated/)
  for (const args of [[], ['--all', accountId, unpublished], [accountId]]) {
    assert.equal((await instance.postern('domain', 'rotate', ...args)).code, 2, args.join(' '))
  }
})
