import assert from 'node:assert/strict'
import { createHash, type webcrypto } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkBrowserProof, type ProvenRequest, ReplayMemory, readPoint } from './browser-proof.ts'

const nowMs = 1_795_000_000_000
const request: ProvenRequest = {
  method: 'POST',
  target: '/api/domains?page=2',
  body: Buffer.from('{"name":"example.com"}'),
}
/** The order of P-256 (SEC 2 §2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** What a browser does: WebCrypto, with a key that cannot be taken out. */
async function browser(namedCurve = 'P-256') {
  const usages: webcrypto.KeyUsage[] = ['sign', 'verify']
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve }, false, usages)
  const raw = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey))
  const prove = async ({ method, target, body }: ProvenRequest, unixMs: number | string) => {
    const bodyHash = createHash('sha256').update(body).digest('base64url')
    const text = Buffer.from(`${method}\n${target}\n${unixMs}\n${bodyHash}`)
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await crypto.subtle.sign(algorithm, pair.privateKey, text)
    return `${unixMs}.${Buffer.from(signature).toString('base64url')}`
  }
  return { publicKey: raw.toString('base64url'), prove }
}

const { publicKey, prove } = await browser()
const proof = await prove(request, nowMs)
const check = (header: string | undefined, changes: Partial<ProvenRequest> = {}, at = nowMs) =>
  checkBrowserProof(header, { ...request, ...changes }, { publicKey, nowMs: at })

test('a request that its browser signed is proven, with a body, without, and beyond ASCII', async () => {
  assert.equal(check(proof), true)
  for (const other of [
    { ...request, method: 'GET', body: Buffer.alloc(0) },
    { ...request, target: '/é?q=日本' },
    { ...request, body: Buffer.alloc(1_000_000, 0xff) },
  ]) {
    const header = await prove(other, nowMs)
    assert.equal(checkBrowserProof(header, other, { publicKey, nowMs }), true)
  }
})

for (const [what, changes] of Object.entries({
  'another method': { method: 'PUT' },
  'the method in lower case': { method: 'post' },
  'another path': { target: '/api/domain?page=2' },
  'another query': { target: '/api/domains?page=3' },
  'no query': { target: '/api/domains' },
  'another body': { body: Buffer.from('{"name":"example.org"}') },
  'no body': { body: Buffer.alloc(0) },
})) {
  test(`a proof is refused for ${what}`, () => {
    assert.equal(check(proof, changes), 'bad_signature')
  })
}

test('a proof is good for a minute on each side, by the clock it is asked with', () => {
  const verdicts = [-60_001, -60_000, 60_000, 60_001].map((off) => check(proof, {}, nowMs + off))
  assert.deepEqual(verdicts, ['stale', true, true, 'stale'])
})

test('another time before the same signature is refused', () => {
  assert.equal(check(proof.replace(`${nowMs}`, `${nowMs + 1}`)), 'bad_signature')
})

test('another browser’s proof is refused', async () => {
  const other = await browser()
  assert.equal(check(await other.prove(request, nowMs)), 'bad_signature')
})

test('any bit changed in the signature is refused', () => {
  const [time, text = ''] = proof.split('.')
  fc.assert(
    fc.property(fc.nat({ max: 511 }), (bit) => {
      const bytes = Buffer.from(text, 'base64url')
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      assert.equal(check(`${time}.${bytes.toString('base64url')}`), 'bad_signature')
    }),
  )
})

const [time, signature = ''] = proof.split('.')
for (const header of [
  undefined,
  '',
  '.',
  `${time}`,
  `${time}.`,
  `.${signature}`,
  ` ${proof}`,
  `${proof}\n`,
  `${proof}=`,
  `${proof}AA`,
  `0${proof}`,
  `+${proof}`,
  `${time}.0.${signature}`,
  `1e12.${signature}`,
  `${'9'.repeat(16)}.${signature}`,
  proof.slice(0, -1),
  `${time}.${'-'.repeat(85)}B`,
  `${time}.${'+'.repeat(86)}`,
]) {
  test(`no proof: ${JSON.stringify(header)?.slice(0, 60)}`, () => {
    assert.equal(check(header), 'malformed')
  })
}

test('whatever is sent is answered, never thrown at', () => {
  const sized = fc.string({
    minLength: 86,
    maxLength: 86,
    unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'),
  })
  const close = fc.integer({ min: nowMs - 90_000, max: nowMs + 90_000 })
  const shaped = fc.tuple(close, sized).map(([at, text]) => `${at}.${text}`)
  fc.assert(
    fc.property(fc.oneof(shaped, fc.string({ unit: 'binary' })), (header) => {
      assert.notEqual(check(header), true)
    }),
  )
})

test('a key that is no point of P-256 proves nothing', async () => {
  const bytes = Buffer.from(publicKey, 'base64url')
  const offCurve = Buffer.from(bytes)
  offCurve[64]! ^= 1
  const compressed = Buffer.concat([Buffer.of(2 + (bytes[64]! & 1)), bytes.subarray(1, 33)])
  const other = await browser('P-384')
  for (const key of [
    '',
    offCurve.toString('base64url'),
    compressed.toString('base64url'),
    Buffer.concat([Buffer.of(6 + (bytes[64]! & 1)), bytes.subarray(1)]).toString('base64url'),
    Buffer.concat([Buffer.of(4), Buffer.alloc(64)]).toString('base64url'),
    Buffer.concat([bytes, Buffer.of(0)]).toString('base64url'),
    `${publicKey}=`,
    other.publicKey,
  ]) {
    assert.equal(readPoint(key), undefined)
    assert.equal(checkBrowserProof(proof, request, { publicKey: key, nowMs }), 'wrong_key')
  }
  assert.ok(readPoint(publicKey))
})

test('a proof is admitted once as long as it is good', () => {
  const memory = new ReplayMemory({ entriesMax: 10 })
  // From the earliest moment it is good to the last.
  assert.equal(memory.admit(proof, nowMs - 60_000), true)
  assert.equal(memory.admit(proof, nowMs), 'replayed')
  assert.equal(check(proof, {}, nowMs + 60_000), true)
  assert.equal(memory.admit(proof, nowMs + 60_000), 'replayed')
})

test('the other signature that anyone can make of one is good, and a replay', () => {
  const bytes = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${bytes.toString('hex', 32)}`)
  bytes.write((order - s).toString(16).padStart(64, '0'), 32, 'hex')
  const twin = `${time}.${bytes.toString('base64url')}`
  assert.equal(check(twin), true)
  const memory = new ReplayMemory({ entriesMax: 10 })
  assert.equal(memory.admit(proof, nowMs), true)
  assert.equal(memory.admit(twin, nowMs), 'replayed')
})

test('the memory holds no more than it may, says so, and forgets what can no longer be shown', async () => {
  const memory = new ReplayMemory({ entriesMax: 2 })
  const proofs = await Promise.all([1, 2, 3].map(() => prove(request, nowMs)))
  const admit = (n: number, at: number) => memory.admit(proofs[n]!, at)
  assert.deepEqual([admit(0, nowMs), admit(1, nowMs + 1)], [true, true])
  assert.equal(admit(2, nowMs + 2), 'memory_full')
  assert.equal(memory.size, 2)
  assert.equal(admit(2, nowMs + 120_001), true)
  assert.equal(memory.size, 2)
  assert.equal(admit(1, nowMs + 120_001), 'replayed')
})
