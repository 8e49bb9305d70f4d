/** The commands about keys and the queue, against a whole running instance. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeToken } from '../../src/lib/token.ts'
import { type Instance, startInstance } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'

let instance: Instance
let account: { id: string; api_key: string }

before(async () => {
  instance = await startInstance()
  account = await json('account', 'create', '--name', 'Shop', '--email', 'shop@example.org')
})
after(async () => {
  await instance?.stop()
})

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
async function json(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await instance.postern(...args, '--json')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

function keyFile(key: string, name = 'shop.key'): string {
  const file = join(instance.home, name)
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  return file
}

function makeKey(...options: string[]): Promise<{ id: string; api_key: string }> {
  return json('key', 'create', '--account', account.id, ...options)
}

async function submit(key: string, changes: object = {}): Promise<string> {
  const response = await fetch(`${instance.apiUrl}/emails`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      from: 'Shop <shop@postern.localhost>',
      to: 'reader@example.org',
      subject: 'Hello',
      text: 'Hello',
      ...changes,
    }),
  })
  assert.equal(response.status, 200)
  return ((await response.json()) as { id: string }).id
}

const delivered = (id: string) =>
  waitFor(async () => (await json('queue', 'show', id)).data[0].state === 'delivered', {
    what: 'the delivery',
    seconds: 20,
  })

test('a key is made with scopes, a preset, streams or as a canary, and the list shows it', async () => {
  const { id } = await makeKey('--scopes', 'emails:send, logs:read', '--streams', 'transactional')
  const reader = await makeKey('--preset', 'read_only')
  const bait = await makeKey('--canary')
  const { data } = await json('key', 'list', '--account', account.id)
  const shown = (wanted: string) => data.find((key: { id: string }) => key.id === wanted)
  assert.deepEqual(shown(id).scopes, ['emails:send', 'logs:read'])
  assert.deepEqual(shown(id).streams, ['transactional'])
  assert.ok(shown(reader.id).scopes.every((scope: string) => scope.endsWith(':read')))
  assert.deepEqual([shown(bait.id).canary, shown(bait.id).scopes], [true, []])
  const { code, stderr } = await instance.postern(
    ...['key', 'create', '--account', account.id, '--scopes', 'emails'],
  )
  assert.notEqual(code, 0)
  assert.match(stderr, /leave out `emails`/)
})

test('a key with a hold parks what it submits until the queue releases it', async () => {
  const key = await makeKey('--hold', '--name', 'Night batch')
  const tags = [{ name: 'batch', value: 'night' }]
  const first = await submit(key.api_key, { tags })
  const second = await submit(key.api_key, { to: 'reader@other.example' })
  const held = await json('queue', 'list', '--key', key.id)
  assert.deepEqual([held.held, held.queued, held.data.length], [2, 0, 2])
  assert.deepEqual(held.data[0].holds, ['key'])
  const own = keyFile(account.api_key)
  const byTag = await json('queue', 'list', '--tag', 'batch=night', '--key-file', own)
  assert.deepEqual(
    byTag.data.map((row: { message_id: string }) => row.message_id),
    [first],
  )
  const byDomain = await json('queue', 'list', '--destination', 'OTHER.example', '--state', 'held')
  assert.equal(byDomain.data[0].message_id, second)
  const release = await json('queue', 'release', '--tag', 'batch=night', '--key-file', own)
  assert.deepEqual(release, { action: 'release', matched: 1, changed: 1 })
  await delivered(first)
  const cancelled = await instance.postern('queue', 'cancel', '--key', key.id)
  assert.match(cancelled.stdout, /^1 delivery cancelled\.$/m)
  assert.equal((await json('queue', 'show', second)).data[0].state, 'cancelled')
})

test('many deliveries are changed only with --yes, and everything only when it is said', async () => {
  const key = await makeKey('--hold')
  const to = Array.from({ length: 50 }, (_, n) => `reader-${n}@example.org`)
  for (let n = 0; n < 3; n++) await submit(key.api_key, { to })
  const asked = await instance.postern('queue', 'cancel', '--key', key.id)
  assert.equal(asked.code, 1)
  assert.match(asked.stderr, /means 150 deliveries.*--yes/)
  const done = await json('queue', 'cancel', '--key', key.id, '--yes')
  assert.equal(done.changed, 150)
  for (const action of ['retry', 'hold', 'release', 'cancel']) {
    const { code, stderr } = await instance.postern('queue', action)
    assert.equal(code, 2)
    assert.match(stderr, /needs a choice/)
  }
})

test('a retry names messages one after the other', async () => {
  const key = await makeKey('--hold')
  const ids = [await submit(key.api_key), await submit(key.api_key)]
  const result = await json('queue', 'retry', ...ids)
  assert.deepEqual(result, { action: 'retry', matched: 2, changed: 0 })
  const text = await instance.postern('queue', 'retry', ...ids)
  assert.match(text.stdout, /0 deliveries due now\. 2 others could not be, or needed not\./)
  await json('queue', 'cancel', '--key', key.id)
})

test('a key that is revoked with a hold says how to go on, and so does its message', async () => {
  const key = await makeKey('--hold')
  const id = await submit(key.api_key)
  await json('queue', 'release', '--state', 'attempting')
  const { stdout } = await instance.postern('key', 'revoke', key.id, '--hold')
  assert.match(stdout, new RegExp(`queue release --key ${key.id}`))
  const story = await instance.postern('message', 'show', id)
  assert.match(story.stdout, /held by key: waits for a release/)
  await json('queue', 'release', '--key', key.id)
  await delivered(id)
})

test('restrictions are listed with the key, and its successor has them too', async () => {
  const options = ['--cidr', '10.0.0.0/8', '--cidr', '2001:DB8::/32', '--hourly-max', '9']
  const key = await makeKey(...options, '--no-content', '--expires', '90d')
  const rolled = await json('key', 'roll', key.id, '--overlap', '1h')
  const { data } = await json('key', 'list', '--account', account.id)
  const [old, successor] = [key, rolled].map(({ id }) =>
    data.find((one: { id: string }) => one.id === id),
  )
  assert.equal(old.expires_at, rolled.predecessor_expires_at)
  for (const one of [old, successor]) {
    assert.deepEqual(
      [one.source_cidrs, one.hourly_max, one.keeps_content, one.holds],
      [['10.0.0.0/8', '2001:db8::/32'], 9, false, false],
    )
  }
  const days = (Date.parse(successor.expires_at) - Date.now()) / 86_400_000
  assert.ok(days > 89 && days <= 90, String(days))
  const listed = await instance.postern('key', 'list', '--account', account.id)
  assert.match(listed.stdout, /from 10\.0\.0\.0\/8 2001:db8::\/32, 9 an hour, keeps no content/)
})

test('a key is made for signed requests and several domains, and the list says so', async () => {
  const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })
  const file = join(instance.home, 'public.pem')
  writeFileSync(file, pem)
  const names = ['one.example', 'two.example']
  for (const name of names) await json('domain', 'add', name, '--account', account.id)
  const bound = names.flatMap((name) => ['--domain', name])
  const key = await makeKey('--permission', 'sending_access', ...bound, '--public-key', file)
  const rolled = await json('key', 'roll', key.id)
  const { data } = await json('key', 'list', '--account', account.id)
  for (const id of [key.id, rolled.id]) {
    const one = data.find((listed: { id: string }) => listed.id === id)
    assert.deepEqual(one.signature, { public_key: pem })
    assert.equal(one.domain_ids.length, 2)
    assert.equal(one.domain_id, one.domain_ids[0])
  }
  const response = await fetch(`${instance.apiUrl}/emails`, {
    headers: { authorization: `Bearer ${rolled.api_key}` },
  })
  assert.equal(response.status, 401)
  const missing = await instance.postern('key', 'roll', key.id, '--public-key', `${file}.none`)
  assert.equal(missing.code, 2)
  assert.match(missing.stderr, /--public-key must name a file/)
})

test('a message is sent from the command line and can be told of', async () => {
  const page = join(instance.home, 'letter.html')
  writeFileSync(page, '<p>Dear reader</p>')
  const own = keyFile(account.api_key)
  const send = (...content: string[]) =>
    instance.postern(
      ...['send', '--key-file', own, '--from', 'Shop <shop@postern.localhost>'],
      ...['--to', 'a@example.org', '--to', 'b@example.org', '--subject', 'Hi', ...content],
    )
  const { code, stdout, stderr } = await send('--file', page, '--json')
  assert.equal(code, 0, stderr)
  const { id } = JSON.parse(stdout) as { id: string }
  const shown = await json('message', 'show', id, '--key-file', own)
  assert.deepEqual(
    [shown.to, shown.html],
    [['a@example.org', 'b@example.org'], '<p>Dear reader</p>'],
  )
  assert.match((await send('--text', 'Hello')).stdout, /postern message show/)
  assert.equal((await send()).code, 2)
  const refused = await instance.postern(
    ...['send', '--key-file', own, '--from', 'a@nobody.example', '--to', 'b@example.org'],
    ...['--subject', 'Hi', '--text', 'x'],
  )
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /answered 403/)
})

test('a scan names places and never keys, and says which are live when asked', async () => {
  const folder = join(instance.home, 'leak')
  mkdirSync(folder)
  const foreign = makeToken('live')
  writeFileSync(join(folder, '.env'), `A=1\nKEY=${account.api_key}\nOTHER=SG.${foreign}\n`)
  const { code, stdout } = await instance.postern('scan', folder, '--live')
  assert.equal(code, 1)
  assert.match(
    stdout,
    new RegExp(`\\.env:2: API key [0-9a-f]{16}, LIVE: key .* of account ${account.id}`),
  )
  assert.match(stdout, /\.env:3: API key [0-9a-f]{16}, not of this installation/)
  for (const token of [account.api_key, foreign]) assert.ok(!stdout.includes(token.slice(9)))
  writeFileSync(join(folder, '.env'), 'A=1\n')
  const clean = await instance.postern('scan', folder, '--json')
  assert.deepEqual([clean.code, JSON.parse(clean.stdout).data], [0, []])
  const missing = await instance.postern('scan', join(folder, 'nothing'))
  assert.equal(missing.code, 1)
})

test('bodies of requests are kept for an account when its operator says so', async () => {
  const { log_bodies: kept } = await json('account', 'logs', account.id, '--bodies', 'on')
  assert.equal(kept, true)
  const { stdout } = await instance.postern('account', 'logs', account.id, '--bodies', 'off')
  assert.match(stdout, /no longer kept/)
  const { code } = await instance.postern('account', 'logs', account.id, '--bodies', 'maybe')
  assert.equal(code, 2)
})

test('a wrong call says what is right', async () => {
  const wrong: [string[], RegExp][] = [
    [['queue', 'list', '--state', 'hold'], /did you mean held\?/],
    [['queue', 'list', '--tag', 'kind'], /name=value/],
    [['queue', 'list', '--tag', 'kind=x'], /needs --key-file/],
    [['queue', 'list', '--destination', 'not a domain'], /domain of recipients/],
    [['queue', 'retry', 'x'], /must be an id/],
    [['key', 'create', '--account', account.id, '--expires', 'soon'], /span of time/],
    [['key', 'roll', account.id, '--overlap', '31d'], /at most 30d/],
    [['key', 'roll', account.id, '--overlap', 'long'], /span of time/],
  ]
  for (const [args, said] of wrong) {
    const { code, stderr } = await instance.postern(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, said)
  }
  const network = ['key', 'create', '--account', account.id, '--cidr', '10.0.0.1/8']
  const { code, stderr } = await instance.postern(...network)
  assert.equal(code, 1)
  assert.match(stderr, /without bits beyond its prefix/)
})
