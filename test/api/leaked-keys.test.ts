/** Reports of leaked keys: what a scanner has signed ends them, and to everybody else nothing is told of any key. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { after, before, test } from 'node:test'
import { makeToken } from '../../src/lib/token.ts'
import { addOwner, linesOf, noticesOf } from '../support/owner-of.ts'
import { type RunningApi, startApi } from './running-api.ts'

const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const edwards = generateKeyPairSync('ed25519')
const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const written = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64')

let api: RunningApi
let nowMs = Date.now()
let owner: string
before(async () => {
  api = await startApi({
    clock: { now: () => nowMs },
    scanners: [
      { id: 'curve', publicKey: written(curve.publicKey) },
      { id: 'edwards', publicKey: written(edwards.publicKey) },
    ],
  })
  owner = await addOwner(api.database, api.first.id)
})
after(() => api.end())

interface Signing {
  id?: string
  key?: KeyObject
  names?: [string, string]
}

async function report(body: string, signing: Signing = {}): Promise<Response> {
  const { id = 'curve', key = curve.privateKey } = signing
  const [idName, signatureName] = signing.names ?? [
    'postern-scanner-key',
    'postern-scanner-signature',
  ]
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const signature = sign(algorithm, Buffer.from(body), key).toString('base64')
  return post(body, { [idName]: id, [signatureName]: signature })
}

function post(body: string, headers: Record<string, string>): Promise<Response> {
  const type = { 'content-type': 'application/json' }
  return fetch(`${api.url}/scan/leaked-keys`, {
    ...{ method: 'POST', body, headers: { ...type, ...headers } },
  })
}

const findings = (...tokens: string[]) =>
  JSON.stringify(tokens.map((token) => ({ token, type: 'postern_api_key', url: 'https://x.test' })))

async function makeKey(wanted: object = {}): Promise<{ id: string; token: string }> {
  const made = await api.call('POST', '/api-keys', { body: { name: 'k', ...wanted } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}

const works = async (key: string) =>
  (await api.call('POST', '/emails', { key, body: {} })).body.name !== 'invalid_api_key'

for (const [title, wanted, signing] of [
  [
    'a full key, reported under GitHub’s names',
    {},
    {
      names: ['github-public-key-identifier', 'github-public-key-signature'],
    },
  ],
  [
    'a key that may only send, with Ed25519',
    { permission: 'sending_access' },
    {
      id: 'edwards',
      key: edwards.privateKey,
    },
  ],
  ['a key with one scope', { scopes: ['logs:read'] }, {}],
] as [string, object, Signing][]) {
  test(`${title} ends with the report, and its owners are told`, async () => {
    const { id, token } = await makeKey(wanted)
    assert.equal(await works(token), true)
    const answer = await report(
      findings('no key', `SG.${token}`, token, makeToken('live')),
      signing,
    )
    assert.deepEqual(
      [answer.status, await answer.json()],
      [200, { object: 'leaked_keys', received: 4 }],
    )
    assert.equal(await works(token), false)
    assert.deepEqual(await linesOf(api.database, id), [
      'api credential.create',
      'api credential.leak',
    ])
    const told = (await noticesOf(api.database, api.first.id)).filter((one) => one.object_id === id)
    assert.deepEqual(told, [{ user_id: owner, kind: 'key_leaked', object_id: id }])
    const logged = api.logged.filter(([event]) => event === 'alarm: leaked key revoked')
    assert.deepEqual(logged.at(-1)?.[1], { accountId: api.first.id, credentialId: id })
    // What has ended is as unknown as any other, so a second report is no matter.
    assert.equal((await report(findings(token), signing)).status, 200)
  })
}

test('a key of a blocked account ends too', async () => {
  const account = await api.newAccount()
  const { operatorToken } = api.database
  const change = { state: 'blocked', reason: 'test' } as const
  const { signed } = await api.operator.authorise(
    { operatorToken },
    { kind: 'account_state', accountId: account.id, change },
  )
  await api.storeAuthority(signed, 'account.change')
  assert.equal((await report(findings(account.apiKey))).status, 200)
  const answer = await api.call('GET', '/emails', { key: account.apiKey })
  assert.equal(answer.body.name, 'invalid_api_key')
})

test('a canary that was found is an alarm and goes on being one', async () => {
  const { id, token } = await makeKey({ canary: true })
  assert.equal((await report(findings(token))).status, 200)
  assert.deepEqual(await linesOf(api.database, id), [
    'api credential.create',
    'api credential.canary',
  ])
  assert.equal((await api.call('GET', `/api-keys/${id}`)).status, 200)
})

test('without a right signature one answer is given, whatever is sent, and nothing ends', async () => {
  const { token } = await makeKey()
  const one = findings(token)
  const rightFor = (body: string, key = curve.privateKey) =>
    sign('sha256', Buffer.from(body), key).toString('base64')
  const signed = (body: string, id: string, signature: string) =>
    [body, { 'postern-scanner-key': id, 'postern-scanner-signature': signature }] as const
  // How the connection goes on after a body that was too large to read says nothing of keys.
  const passing = new Set(['date', 'x-request-id', 'connection', 'keep-alive'])
  const answers = new Set<string>()
  const see = async (answer: Response) => {
    const { headers, status } = answer
    const shown = [...headers].filter(([name]) => !passing.has(name))
    answers.add(JSON.stringify([status, shown, await answer.text()]))
  }
  for (const [body, headers] of [
    [one, {}],
    signed(one, 'curve', ''),
    signed(one, 'curve', 'AAAA'),
    signed(one, 'curve', rightFor(findings('x'))),
    signed(one, 'curve', rightFor(one, strange.privateKey)),
    signed(one, 'nobody', rightFor(one)),
    signed(one, 'edwards', rightFor(one)),
    ['', {}],
    ['[', {}],
    ['{}', {}],
    [findings(...new Array(101).fill(token)), {}],
    ['x'.repeat(300_000), {}],
    [one, { 'content-type': 'text/plain' }],
  ] as const) {
    nowMs += 1_000
    await see(await post(body, headers))
  }
  // A thousand tokens of which every tenth works.
  const tokens = Array.from({ length: 1_000 }, (_, n) => (n % 10 === 0 ? token : makeToken('live')))
  for (const each of tokens) {
    nowMs += 1_000
    await see(await post(findings(each), { 'postern-scanner-key': 'curve' }))
  }
  assert.equal(answers.size, 1, [...answers].join('\n'))
  assert.match([...answers][0] ?? '', /^\[401/)
  assert.equal(await works(token), true)
})

test('what a scanner has signed and got wrong is said', async () => {
  nowMs += 1_000
  for (const [body, said] of [
    ['{}', /array of 1 to 100/],
    ['[]', /array of 1 to 100/],
    [findings(...new Array(101).fill('x')), /array of 1 to 100/],
    ['[{"token":1}]', /Finding 1 must have a `token`/],
    ['[{"token":"x"},null]', /Finding 2/],
  ] as const) {
    const answer = await report(body)
    assert.equal(answer.status, 422, body)
    assert.match(((await answer.json()) as { message: string }).message, said)
  }
  assert.equal((await report('[')).status, 400)
})

test('reports from one address are limited, signed or not', async () => {
  nowMs += 1_000
  const statuses: number[] = []
  for (let n = 0; n < 21; n++) statuses.push((await post('[]', {})).status)
  assert.deepEqual(statuses, [...new Array(20).fill(401), 429])
})

test('while vault is away the scanner is asked to come again', async () => {
  nowMs += 1_000
  const { token } = await makeKey()
  await api.stopVault()
  const answer = await report(findings(token))
  assert.equal(answer.status, 503)
  assert.ok(answer.headers.get('retry-after'))
})
