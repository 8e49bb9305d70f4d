import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import {
  bodyHash,
  headersToSign,
  publicKeyRecord,
  readSignedHeaders,
  signatureHeader,
  signatureInput,
  withSignature,
} from '../mail/dkim.ts'
import { renderHeaders } from '../mail/headers.ts'
import { composeMessage } from '../mail/mime.ts'
import type { FindInstanceKey } from './instance-keys.ts'
import { verdictLimits } from './limits.ts'
import type { StoredMessage } from './record.ts'
import { Judge, type Verdicts } from './verdicts.ts'

const nowMs = Date.parse('2026-01-02T04:00:00Z')
const clock = { now: () => nowMs }
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const der = publicKey.export({ type: 'spki', format: 'der' })
const keyRecord = publicKeyRecord(der, { bare: false })

/** Signed as vault and deliver do it. */
function signed(domain = 'example.com', from = 'news@example.com'): string {
  const { headers, body } = composeMessage({
    messageId: '<1@mail.example.com>',
    date: new Date('2026-01-02T03:04:05Z'),
    from: [from],
    to: ['bob@example.net'],
    cc: [],
    replyTo: [],
    subject: 'Hello',
    headers: {},
    html: null,
    text: 'Hello\n',
  })
  const canonical = headersToSign(headers)
  const value = signatureHeader({
    domain,
    selector: 'pm1',
    algorithm: 'rsa-sha256',
    headerNames: readSignedHeaders(canonical)?.names ?? [],
    bodyHash: bodyHash(body),
    timestamp: 1_767_322_800,
  })
  const signature = sign('sha256', signatureInput(canonical, value), privateKey)
  const all: [string, string][] = [['DKIM-Signature', withSignature(value, signature)], ...headers]
  return Buffer.concat([Buffer.from(`${renderHeaders(all)}\r\n`), body]).toString('latin1')
}

function stored(source: string, id = '01900000-0000-7000-8000-000000000001'): StoredMessage {
  const bytes = Buffer.from(source, 'latin1')
  return {
    id,
    from: '',
    to: [],
    subject: '',
    receivedAt: new Date(nowMs),
    sizeBytes: bytes.length,
    isComplaint: false,
    returnPath: '',
    source: bytes,
  }
}

type Zone = Record<string, string | 'SERVFAIL'>

interface Own {
  clock: { now: () => number }
  /** The names of the records whose keys this instance has. */
  findKey: FindInstanceKey
}

const own: Own = { clock, findKey: async () => null }
const knows =
  (...names: string[]): FindInstanceKey =>
  async ({ selector, domain }) =>
    names.includes(`${selector}._domainkey.${domain}`) ? keyRecord : null

function judgeWith(zone: Zone, { clock, findKey } = own): { judge: Judge; asked: string[] } {
  const asked: string[] = []
  const lookup = () => async (name: string) => {
    asked.push(name)
    const record = zone[name]
    if (record === undefined) throw Object.assign(new Error('none'), { code: 'ENOTFOUND' })
    if (record === 'SERVFAIL') throw Object.assign(new Error('no'), { code: 'ESERVFAIL' })
    return [[record]]
  }
  return { judge: new Judge({ clock, lookup, findKey }), asked }
}

async function verdictsOn(
  source: string,
  zone: Zone = {},
  findKey = own.findKey,
): Promise<Verdicts> {
  const verdicts = await judgeWith(zone, { clock, findKey }).judge.judge(stored(source))
  assert.ok(verdicts)
  return verdicts
}

const published = {
  'pm1._domainkey.example.com': keyRecord,
  '_dmarc.example.com': 'v=DMARC1; p=reject',
}

test('a message Postern signed passes DKIM and DMARC once its records are published', async () => {
  const { dkim, dmarc } = await verdictsOn(signed(), published)
  assert.equal(dkim.length, 1)
  const [signature] = dkim
  assert.deepEqual(
    { ...signature, result: 'pass', summary: 'signature valid', domain: 'example.com' },
    signature,
  )
  assert.deepEqual([signature?.bodyMatches, signature?.isAligned], [true, true])
  assert.deepEqual(
    [dmarc.result, dmarc.policy, dmarc.policyDomain],
    ['pass', 'reject', 'example.com'],
  )
})

test('SPF is never judged, since everything comes over loopback, and that is said', async () => {
  const { spf } = await verdictsOn(signed(), published)
  assert.equal(spf.result, 'not_evaluated')
  assert.match(spf.reason, /loopback/)
})

test('a key that is not in DNS is named, and the body is judged all the same', async () => {
  const { dkim, dmarc } = await verdictsOn(signed())
  assert.equal(dkim[0]?.summary, 'no key in DNS')
  assert.match(dkim[0]?.reason ?? '', /no TXT record at pm1\._domainkey\.example\.com\. Publish/)
  assert.match(dkim[0]?.reason ?? '', /The body is as it was signed/)
  assert.equal(dmarc.summary, 'no policy in DNS')
})

test('for the sandbox domain it says that nothing is published, instead of asking to publish', async () => {
  const { dkim, dmarc } = await verdictsOn(signed('postern.localhost', 'a@postern.localhost'))
  assert.match(dkim[0]?.reason ?? '', /Names under localhost are published nowhere/)
  assert.equal(dkim[0]?.keySource, null)
  assert.match(dmarc.reason, /names under localhost are published nowhere/)
})

test('with a key of this instance mail of the sandbox domain is verified, and it says whose key that was', async () => {
  const findKey = knows('pm1._domainkey.postern.localhost')
  for (const domain of ['postern.localhost', 'Postern.LocalHost']) {
    const source = signed(domain, 'a@postern.localhost')
    const [signature] = (await verdictsOn(source, {}, findKey)).dkim
    assert.deepEqual([signature?.result, signature?.keySource], ['pass', 'instance'])
    assert.equal(signature?.summary, 'signature valid')
    assert.match(signature?.reason ?? '', /from this instance and not from DNS/)
  }
  const changed = signed('postern.localhost').replace('Subject: Hello', 'Subject: Hullo')
  const [broken] = (await verdictsOn(changed, {}, findKey)).dkim
  assert.deepEqual([broken?.result, broken?.keySource], ['fail', 'instance'])
  assert.match(broken?.reason ?? '', /header field was changed.*from this instance/)
})

test('a key that only this instance has counts for no receiver: it says so, and DMARC fails', async () => {
  const findKey = knows('pm1._domainkey.example.com')
  const policy = { '_dmarc.example.com': 'v=DMARC1; p=reject' }
  const { dkim, dmarc } = await verdictsOn(signed(), policy, findKey)
  assert.deepEqual([dkim[0]?.result, dkim[0]?.keySource], ['pass', 'instance'])
  assert.match(dkim[0]?.summary ?? '', /key not from DNS/)
  assert.match(dkim[0]?.reason ?? '', /no TXT record at pm1\._domainkey\.example\.com.*publish/)
  assert.equal(dmarc.result, 'fail')
  assert.match(dmarc.reason, /only this instance knows/)
  const silent = await verdictsOn(
    signed(),
    { ...policy, 'pm1._domainkey.example.com': 'SERVFAIL' },
    findKey,
  )
  assert.match(silent.dkim[0]?.reason ?? '', /from this instance.*gave no answer/)
  assert.equal(silent.dmarc.result, 'temperror')
})

test('a key in DNS goes before that of this instance, and is looked for again until it is there', async () => {
  const zone: Zone = { '_dmarc.example.com': 'v=DMARC1; p=reject' }
  const findKey = knows('pm1._domainkey.example.com')
  const { judge } = judgeWith(zone, { clock, findKey })
  const message = stored(signed())
  assert.equal((await judge.judge(message))?.dkim[0]?.keySource, 'instance')
  zone['pm1._domainkey.example.com'] = keyRecord
  const published = await judge.judge(message)
  assert.equal(published?.dkim[0]?.keySource, 'dns')
  assert.equal(published?.dmarc.result, 'pass')
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const record = publicKeyRecord(other.export({ type: 'spki', format: 'der' }), { bare: false })
  const wrong = await verdictsOn(signed(), { 'pm1._domainkey.example.com': record }, findKey)
  assert.deepEqual([wrong.dkim[0]?.result, wrong.dkim[0]?.keySource], ['fail', 'dns'])
})

test('a changed body and a changed header field each make the signature invalid, told apart', async () => {
  const body = await verdictsOn(signed().replace(/Hello\r\n$/, 'Hullo\r\n'), published)
  assert.deepEqual([body.dkim[0]?.result, body.dkim[0]?.bodyMatches], ['fail', false])
  assert.match(body.dkim[0]?.reason ?? '', /body was changed/)
  const header = await verdictsOn(signed().replace('Subject: Hello', 'Subject: Hullo'), published)
  assert.deepEqual([header.dkim[0]?.result, header.dkim[0]?.bodyMatches], ['fail', true])
  assert.match(header.dkim[0]?.reason ?? '', /header field was changed/)
  assert.equal(header.dmarc.result, 'fail')
  assert.match(header.dmarc.reason, /by DKIM alone.*policy is reject/)
})

test('a valid signature of another domain does not stand for From', async () => {
  const source = signed('example.com', 'news@example.org')
  const { dkim, dmarc } = await verdictsOn(source, {
    ...published,
    '_dmarc.example.org': 'v=DMARC1; p=quarantine',
  })
  assert.deepEqual([dkim[0]?.result, dkim[0]?.isAligned], ['pass', false])
  assert.deepEqual([dmarc.result, dmarc.policy], ['fail', 'quarantine'])
})

test('an unsigned message has no signatures, and one without From cannot be judged', async () => {
  assert.deepEqual((await verdictsOn('From: a@example.com\r\n\r\nx', published)).dkim, [])
  const { dmarc } = await verdictsOn('Subject: x\r\n\r\nx', published)
  assert.deepEqual([dmarc.result, dmarc.summary], ['not_evaluated', 'not evaluated'])
})

test('a signature no receiver counts says why', async () => {
  const unknown = await verdictsOn(signed().replace('a=rsa-sha256', 'a=rsa-md5'), published)
  assert.equal(unknown.dkim[0]?.summary, 'signature not usable')
  assert.match(unknown.dkim[0]?.reason ?? '', /unknown algorithm/)
  assert.deepEqual([unknown.dkim[0]?.bodyMatches, unknown.dkim[0]?.isAligned], [null, null])
  const short = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey
  const record = publicKeyRecord(short.export({ type: 'spki', format: 'der' }), { bare: false })
  const weak = await verdictsOn(signed(), { 'pm1._domainkey.example.com': record })
  assert.deepEqual(
    [weak.dkim[0]?.result, weak.dkim[0]?.summary],
    ['policy', 'signature not usable'],
  )
  assert.match(weak.dkim[0]?.reason ?? '', /key is too short/)
})

test('an answer is remembered; one that DNS owes is asked for again', async () => {
  const zone: Zone = { ...published, 'pm1._domainkey.example.com': 'SERVFAIL' }
  const { judge, asked } = judgeWith(zone)
  const message = stored(signed())
  const first = await judge.judge(message)
  assert.deepEqual([first?.dkim[0]?.result, first?.dmarc.result], ['temperror', 'temperror'])
  zone['pm1._domainkey.example.com'] = keyRecord
  assert.equal((await judge.judge(message))?.dkim[0]?.result, 'pass')
  const count = asked.length
  await judge.judge(message)
  assert.equal(asked.length, count)
  judge.forget(message.id)
  await judge.judge(message)
  assert.ok(asked.length > count)
})

test('no more are worked out and wait than allowed', async () => {
  const judge = new Judge({ ...own, lookup: () => () => new Promise(() => {}) })
  const { atOnceMax, waitingMax } = verdictLimits.turns
  const source = signed()
  for (let i = 0; i < atOnceMax + waitingMax; i++) {
    assert.notEqual(judge.judge(stored(source, `message-${i}`)), null)
  }
  assert.equal(judge.judge(stored(source, 'one too many')), null)
})

test('headers made to cost time are not judged, and quickly so', async () => {
  const began = performance.now()
  const sources = [
    `From: a@example.com\r\n${'x: y\r\n'.repeat(200_000)}\r\n`,
    `From: a@example.com\r\n${' y\r\n'.repeat(5000)}\r\n`,
    `From: a@example.com\r\n${'DKIM-Signature: v=1; a=rsa-sha256; b=; d=a.example; s=b\r\n'.repeat(21)}\r\n`,
  ]
  for (const source of sources) {
    const { dmarc } = await verdictsOn(source, published)
    assert.equal(dmarc.result, 'not_evaluated')
  }
  assert.ok(performance.now() - began < 2000)
})

/** As root in a closed folder no file of the code can be read once the process is its own user. */
test('nothing need be loaded after the start, whatever a message says of its character sets', async () => {
  const loader = createRequire(import.meta.url)('node:module')
  const load = loader._load
  const refused: string[] = []
  loader._load = (name: string) => {
    refused.push(name)
    throw Object.assign(new Error('no file can be read'), { code: 'EACCES' })
  }
  try {
    const source = signed().replace(
      'Content-Type: text/plain; charset=utf-8',
      "Content-Type: text/plain; charset=utf-8; name*=shift_jis''%83E; x*0*=big5''%83E",
    )
    assert.match(source, /shift_jis/)
    const { dkim } = await verdictsOn(source, published)
    // The changed field was signed; what counts is that it was judged.
    assert.equal(dkim[0]?.summary, 'signature invalid')
    assert.equal((await verdictsOn(signed(), published)).dmarc.result, 'pass')
    assert.ok(refused.length > 0, 'this test no longer meets a late load')
  } finally {
    loader._load = load
  }
})
