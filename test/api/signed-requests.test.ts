/** API keys whose requests must be signed (RFC 9421): a stolen token alone opens nothing. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { blocksOf } from '../docs/blocks.ts'
import { email, type RunningApi, startApi } from './running-api.ts'
import {
  type Changes,
  callSigned,
  makePair,
  type Pair,
  type SignedCall,
  send,
  signedHeaders,
} from './signing-client.ts'

let api: RunningApi
let nowMs = Date.now()
let pair: Pair
let made: { id: string; token: string }
before(async () => {
  api = await startApi({ clock: { now: () => nowMs } })
  pair = makePair()
  made = await makeKey(pair)
})
after(() => api.end())

async function makeKey({ pem }: Pair, wanted: object = {}, key?: string) {
  const { status, body } = await api.call('POST', '/api-keys', {
    body: { name: 'Signed', signature: { public_key: pem }, ...wanted },
    ...(key && { key }),
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body as { id: string; token: string }
}

function calling(changed: Partial<SignedCall> = {}): SignedCall {
  const own = { token: made.token, keyId: made.id, pair, nowMs }
  return { method: 'GET', target: '/emails', ...own, ...changed }
}

const posting = (changed: Partial<SignedCall> = {}) =>
  calling({ method: 'POST', target: '/emails', body: JSON.stringify(email()), ...changed })

async function refused(call: SignedCall, changes: Changes, said: RegExp): Promise<void> {
  // Guesses of one address are slowed; here each comes in a second of its own.
  nowMs += 1_000
  const { status, body } = await callSigned(api.url, { ...call, nowMs }, changes)
  assert.equal(status, 401, JSON.stringify(body))
  assert.deepEqual([body.statusCode, body.name], [401, 'invalid_signature'])
  assert.match(body.message, said)
}

for (const algorithm of ['ed25519', 'ecdsa-p256-sha256'] as const) {
  test(`what is signed with ${algorithm} is taken: without a body, with a query, with a body`, async () => {
    const own = makePair(algorithm)
    const { id, token } = await makeKey(own)
    const with_ = { keyId: id, token, pair: own }
    assert.equal((await callSigned(api.url, calling(with_))).status, 200)
    const target = '/emails?limit=2'
    assert.equal((await callSigned(api.url, calling({ ...with_, target }))).status, 200)
    const sent = await callSigned(api.url, posting(with_))
    assert.equal(sent.status, 200, JSON.stringify(sent.body))
    const { body: stored } = await api.call('GET', `/emails/${sent.body.id}`)
    assert.equal(stored.subject, 'Hello')
  })
}

test('a whole message is signed over its bytes as they are', async () => {
  const body = Buffer.from(
    'From: shop@postern.localhost\r\nTo: a@b.test\r\nSubject: x\r\n\r\n\xe4\r\n',
  )
  const call = posting({ target: '/emails/raw', body, contentType: 'message/rfc822' })
  assert.equal((await callSigned(api.url, call)).status, 200)
  const other = Buffer.from(body)
  other[other.length - 3] = 0x41
  await refused(call, { sent: { body: other } }, /`Content-Digest` is not that of the body/)
})

test('a JWK is as good as PEM, and the key shows what its requests are checked with', async () => {
  const own = makePair('ecdsa-p256-sha256')
  const jwk = own.privateKey.export({ format: 'jwk' })
  const { d: _, ...publicJwk } = jwk
  const { body } = await api.call('POST', '/api-keys', {
    body: { name: 'JWK', signature: { public_key: publicJwk } },
  })
  const shown = (await api.call('GET', `/api-keys/${body.id}`)).body
  assert.deepEqual(shown.signature, { algorithm: 'ecdsa-p256-sha256', public_key: own.pem })
  const call = calling({ keyId: body.id, token: body.token, pair: own })
  assert.equal((await callSigned(api.url, call)).status, 200)
  const { body: plain } = await api.call('POST', '/api-keys', { body: { name: 'x' } })
  assert.equal((await api.call('GET', `/api-keys/${plain.id}`)).body.signature, null)
})

test('a private key, a key of another kind and no key at all are refused with the reason', async () => {
  const { privateKey } = makePair()
  for (const [key, said] of [
    [privateKey.export({ type: 'pkcs8', format: 'pem' }), /That is a private key/],
    [privateKey.export({ format: 'jwk' }), /That is a private key/],
    ['hello', /must be an Ed25519 or P-256 public key/],
    [{ kty: 'RSA' }, /must be an Ed25519/],
    [7, /must be an Ed25519 or P-256 public key/],
  ] as const) {
    const body = { name: 'x', signature: { public_key: key } }
    const answer = await api.call('POST', '/api-keys', { body })
    assert.equal(answer.status, 422, JSON.stringify(answer.body))
    assert.match(answer.body.message, said)
  }
  const missing = await api.call('POST', '/api-keys', { body: { name: 'x', signature: {} } })
  assert.equal(missing.status, 422)
})

test('a stolen token without a signature opens nothing, and owner and operator learn of it', async () => {
  const { apiKey, id: accountId } = await api.newAccount()
  const stolen = await makeKey(makePair(), {}, apiKey)
  nowMs += 1_000
  const body = email()
  const calls = [
    await api.call('GET', '/emails', { key: stolen.token }),
    await api.call('POST', '/emails', { key: stolen.token, body }),
    await api.call('DELETE', `/api-keys/${stolen.id}`, { key: stolen.token }),
    await api.call('GET', '/emails', { key: `SG.${stolen.token}` }),
  ]
  for (const answer of calls) {
    assert.deepEqual([answer.status, answer.body.name], [401, 'invalid_signature'])
    assert.match(answer.body.message, /takes signed requests only.*no `Signature-Input` header/)
  }
  const alarms = api.logged.filter(([event]) => event === 'alarm: key used without its signature')
  assert.ok(alarms.some(([, fields]) => fields.credentialId === stolen.id))
  await api.requestLog.flush()
  const { data } = (await api.call('GET', '/logs', { key: apiKey })).body
  const lines = data.filter((line: { response_status: number }) => line.response_status === 401)
  assert.equal(lines.length, calls.length)
  const shown = (await api.call('GET', `/api-keys/${stolen.id}`, { key: apiKey })).body
  assert.equal(shown.last_used_at, null, 'a refused request is no use of the key')
  const rows = await api.database.query('select from postern.messages where account_id = $1', [
    accountId,
  ])
  assert.equal(rows.length, 0)
})

test('a stolen token cannot use up the rate of its account', async () => {
  const { apiKey } = await api.newAccount()
  const stolen = await makeKey(makePair(), {}, apiKey)
  nowMs += 1_000
  const limit = Number(
    (await api.call('GET', '/emails', { key: apiKey })).headers.get('ratelimit-limit'),
  )
  for (let n = 0; n < limit; n++) await api.call('GET', '/emails', { key: stolen.token })
  assert.equal((await api.call('GET', '/emails', { key: apiKey })).status, 200)
})

for (const [name, call] of [
  ['@method', calling],
  ['@path', calling],
  ['authorization', calling],
  ['@query', () => calling({ target: '/emails?limit=1' })],
  ['content-digest', posting],
] as const) {
  test(`a signature that does not cover ${name} is not enough`, async () => {
    const all = ['@method', '@path', '@query', 'authorization', 'content-digest']
    const components = all.filter((one) => one !== name)
    const has = call().body === undefined ? ['@method', '@path', '@query', 'authorization'] : all
    const left = components.filter(
      (one) => has.includes(one) && (one !== '@query' || call().target.includes('?')),
    )
    await refused(call(), { components: left }, new RegExp(`does not cover \`${name}\``))
  })
}

for (const [title, parameters, said] of [
  ['created', { created: null }, /has no `created`/],
  ['a created that is a number', { created: 'now' }, /has no `created`/],
  ['the id of the key', { keyid: null }, /the `keyid`/],
  ['the keyid of this key', { keyid: randomUUID() }, /the `keyid`/],
  ['alg', { alg: null }, /`alg` must be `ed25519`/],
  ['the alg of the key', { alg: 'ecdsa-p256-sha256' }, /`alg` must be `ed25519`/],
  ['a nonce', { nonce: null }, /needs a `nonce` of 16 to 128 characters/],
  ['a nonce of some length', { nonce: 'short' }, /needs a `nonce`/],
  ['a nonce within its bound', { nonce: 'n'.repeat(129) }, /needs a `nonce`/],
  ['an expiry to come', { expires: 1_000_000_000 }, /`expires` is over/],
] as const) {
  test(`without ${title} it is refused, and the answer says so`, async () => {
    await refused(calling(), { parameters: parameters as Record<string, string> }, said)
  })
}

test('a signature is taken for five minutes and no longer, and not from a clock further ahead', async () => {
  for (const [offset, status] of [
    [-299, 200],
    [299, 200],
    [-302, 401],
    [302, 401],
  ] as const) {
    nowMs += 1_000
    const created = Math.floor(nowMs / 1000) + offset
    const answer = await callSigned(api.url, calling(), { parameters: { created } })
    assert.equal(answer.status, status, String(offset))
    if (status === 401) assert.match(answer.body.message, /more than 300 seconds/)
  }
})

test('the same signature is taken once, also for the same body, and also when it comes twice at once', async () => {
  nowMs += 1_000
  const call = posting({ nowMs })
  const headers = signedHeaders(call)
  const again = () => send(`${api.url}/emails`, { method: 'POST', headers, body: call.body })
  const both = await Promise.all([again(), again()])
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401])
  const third = await again()
  assert.deepEqual([third.status, third.body.name], [401, 'invalid_signature'])
  assert.match(third.body.message, /`nonce` was used before/)
})

test('an ECDSA signature cannot be turned into another that counts once more', async () => {
  const own = makePair('ecdsa-p256-sha256')
  const { id, token } = await makeKey(own)
  const call = calling({ keyId: id, token, pair: own })
  const headers = signedHeaders(call)
  assert.equal((await send(`${api.url}/emails`, { method: 'GET', headers })).status, 200)
  const bytes = Buffer.from(headers.signature!.slice('sig=:'.length, -1), 'base64')
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const turned = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  const signature = `sig=:${Buffer.concat([bytes.subarray(0, 32), turned]).toString('base64')}:`
  const second = await send(`${api.url}/emails`, {
    method: 'GET',
    headers: { ...headers, signature },
  })
  assert.equal(second.status, 401)
  assert.match(second.body.message, /`nonce` was used before/)
})

test('what was signed cannot be carried to another method, path, query, key or body', async () => {
  const not = /not that of the key’s own private key/
  await refused(calling({ target: '/domains' }), { sent: { target: '/emails' } }, not)
  await refused(calling(), { sent: { target: '/emails/' } }, not)
  await refused(
    calling({ target: '/emails?limit=1' }),
    { sent: { target: '/emails?limit=2' } },
    not,
  )
  await refused(calling(), { sent: { target: '/emails?limit=2' } }, /does not cover `@query`/)
  const id = randomUUID()
  const getting = calling({ target: `/emails/${id}/cancel` })
  await refused(getting, { sent: { method: 'DELETE' } }, not)
  const wrongBody = { sent: { body: JSON.stringify(email({ subject: 'Other' })) } }
  await refused(posting(), wrongBody, /`Content-Digest` is not that of the body/)
  const other = await makeKey(pair)
  const authorization = `Bearer ${other.token}`
  await refused(calling(), { headers: { authorization } }, /None of its signatures has the `keyid`/)
  await refused(calling({ keyId: other.id }), { headers: { authorization } }, not)
  await refused(calling({ pair: makePair() }), {}, not)
})

test('a body that the signature says nothing of is not taken, also where none is expected', async () => {
  const withBody = { sent: { body: '{}' }, headers: { 'content-type': 'application/json' } }
  await refused(
    calling({ method: 'DELETE', target: `/api-keys/${made.id}` }),
    withBody,
    /does not cover `content-digest`/,
  )
  const chunked = { headers: { 'transfer-encoding': 'chunked' }, sent: { body: '{}' } }
  await refused(
    calling({ method: 'DELETE', target: '/api-keys/x' }),
    chunked,
    /does not cover `content-digest`/,
  )
  await refused(
    posting({ body: '{"a":1}' }),
    { sent: { body: '{"a":1} ' } },
    /`Content-Digest` is not/,
  )
})

test('digests that are not known, or not right in one of two, do not stand for a body', async () => {
  const call = posting()
  for (const field of ['md5=:AAAA:', 'sha-256', '']) {
    await refused(call, { headers: { 'content-digest': field } }, /no digest that is known here/)
  }
})

test('headers that cannot be read are said to be so', async () => {
  await refused(
    calling(),
    { headers: { 'signature-input': 'sig=("@method"' } },
    /`signature-input` header cannot be read/,
  )
  await refused(
    calling(),
    { headers: { signature: 'sig="x"' } },
    /`signature` header cannot be read/,
  )
  await refused(calling(), { without: ['signature'] }, /no `Signature` header/)
  await refused(
    calling(),
    { components: ['@method', '@path', 'authorization', 'x-none'] },
    /covers `x-none`, which the request does not have/,
  )
  const input = `sig=("@method";req "@path" "authorization");created=1;keyid="${made.id}"`
  await refused(calling(), { headers: { 'signature-input': input } }, /with parameters/)
})

test('of several signatures the one of the key counts', async () => {
  nowMs += 1_000
  const call = calling({ nowMs })
  const headers = signedHeaders(call)
  const both = {
    ...headers,
    'signature-input': [`other=("@method");keyid="proxy"`, headers['signature-input']!],
    signature: ['other=:AAAA:', headers.signature!],
  }
  assert.equal((await send(`${api.url}/emails`, { method: 'GET', headers: both })).status, 200)
})

test('a rolled key needs signatures as before, by the same private key or by a new one', async () => {
  const roll = async (id: string, body?: object) => {
    const rolled = await api.call('POST', `/api-keys/${id}/roll`, { ...(body && { body }) })
    assert.equal(rolled.status, 201, JSON.stringify(rolled.body))
    return rolled.body as { id: string; token: string }
  }
  const same = await roll(made.id)
  assert.equal((await api.call('GET', '/emails', { key: same.token })).status, 401)
  const { id: keyId, token } = same
  assert.equal((await callSigned(api.url, calling({ keyId, token }))).status, 200)
  const next = makePair('ecdsa-p256-sha256')
  const other = await roll(same.id, { signature: { public_key: next.pem } })
  const own = { keyId: other.id, token: other.token }
  await refused(calling(own), {}, /`alg` must be `ecdsa-p256-sha256`/)
  assert.equal((await callSigned(api.url, calling({ ...own, pair: next, nowMs }))).status, 200)
})

test('a public key that somebody wrote into the database lets nobody in', async () => {
  const thief = makePair()
  const { id, token } = await makeKey(makePair())
  const kept = Buffer.from(thief.pem.replaceAll(/-----.*-----|\n/g, ''), 'base64').toString(
    'base64url',
  )
  await api.database.query(
    "update postern.credentials set options = jsonb_set(options, '{signatureKey}', to_jsonb($2::text)) where id = $1",
    [id, kept],
  )
  const call = calling({ keyId: id, token, pair: thief })
  const { status, body } = await callSigned(api.url, call)
  assert.deepEqual([status, body.name], [403, 'invalid_api_key'])
  await api.database.query('update postern.credentials set options = null where id = $1', [id])
  nowMs += 1_000
  assert.equal((await api.call('GET', '/emails', { key: token })).status, 403)
})

test('the example in Python signs as it must', async (t) => {
  const hasPackage = spawnSync('python3', ['-c', 'import cryptography']).status === 0
  if (!hasPackage) return t.skip('no Python with cryptography on this machine')
  const blocks = blocksOf(readFileSync('docs/signed-requests.md', 'utf8'))
  const { text } = blocks.find(({ language }) => language === 'python')!
  nowMs = Date.now()
  const env = { ...process.env, API: api.url, KEY: api.first.apiKey }
  const run = promisify(execFile)('python3', ['-c', text], { env, timeout: 60_000 })
  const { id } = JSON.parse((await run).stdout.replaceAll("'", '"'))
  assert.equal((await api.call('GET', `/emails/${id}`)).body.subject, 'Signed in Python')
})

test('a signed key may not make keys, as no restricted key may', async () => {
  const body = JSON.stringify({ name: 'more' })
  const { status, body: said } = await callSigned(api.url, posting({ target: '/api-keys', body }))
  assert.deepEqual([status, said.name], [401, 'restricted_api_key'])
})
