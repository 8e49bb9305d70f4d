/** The command line against a whole running instance. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { readAccount } from '../../src/core/people/account-settings.ts'
import { makeSubaccount } from '../../src/core/subaccounts/subaccounts.ts'
import { MovedClock, ownerWithTotp } from '../people/people-support.ts'
import { peopleOf } from '../processes/people-of-instance.ts'
import { type Instance, startInstance } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'

const checkout = resolve(import.meta.dirname, '../..')
const passphrase = 'six words nobody else would choose'
const unknownId = '01890a5d-ac96-774b-bcce-b302099a8057'

let instance: Instance

before(async () => {
  instance = await startInstance()
})

after(async () => {
  await instance?.stop()
})

interface Made {
  id: string
  api_key: string
}

async function json<Body>(...args: string[]): Promise<Body> {
  const { code, stdout, stderr } = await instance.postern(...args, '--json')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Body
}

/** The command with something piped in, as `instance.postern` has none. */
function piped(input: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['bin/postern', ...args], {
    cwd: checkout,
    env: instance.environment,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  child.stdin.end(`${input}\n`)
  return new Promise((settle) => child.once('close', (code) => settle({ code, output })))
}

function submit(key: string, subject = 'A subject'): Promise<Response> {
  return fetch(`${instance.apiUrl}/emails`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      from: 'Shop <shop@postern.localhost>',
      to: 'reader@example.org',
      subject,
      text: 'Hello',
    }),
  })
}

function makeAccount(): Promise<Made> {
  return json<Made>('account', 'create', '--name', 'Shop', '--email', 'shop@example.org')
}

async function asSuperuser(statement: string): Promise<void> {
  const { socket, port, name } = instance.runJson.database
  const password = readFileSync(join(instance.home, 'database.password'), 'utf8').trim()
  const client = new pg.Client({
    host: socket ?? '',
    port,
    database: name,
    user: 'postgres',
    password,
  })
  await client.connect()
  await client.query(statement)
  await client.end()
}

test('an account that was made can send at once, and is listed with the first one', async () => {
  const made = await makeAccount()
  assert.equal((await submit(made.api_key)).status, 200)
  const { data } = await json<{ data: { id: string; state: string }[] }>('account', 'list')
  assert.equal(data.length, 2)
  assert.equal(data.find((account) => account.id === made.id)?.state, 'active')
})

test('a blocked account is refused at the door until it is unblocked', async () => {
  const { id, api_key: key } = await makeAccount()
  await json('account', 'block', id, '--reason', 'spam_reports')
  await waitFor(async () => (await submit(key)).status === 403, { what: 'the block' })
  const shown = await json<{ state: string; reason: string }>('account', 'show', id)
  assert.deepEqual([shown.state, shown.reason], ['blocked', 'spam_reports'])
  await json('account', 'unblock', id)
  await waitFor(async () => (await submit(key)).status === 200, { what: 'the end of the block' })
})

test('a block that is lifted in the database is shown as what it is', async () => {
  const { id } = await makeAccount()
  await json('account', 'block', id)
  await asSuperuser(`update postern.account_states set state = 'active' where account_id = '${id}'`)
  const shown = await json<{ state: string; genuine: boolean }>('account', 'show', id)
  assert.deepEqual([shown.state, shown.genuine], ['blocked', false])
  const { code, stderr } = await instance.postern('account', 'unblock', id)
  assert.equal(code, 1)
  assert.match(stderr, /not vault's own/)
})

test('an account is closed, kept after all, and closed at once: then nothing of it is left', async () => {
  const { id, api_key: key } = await makeAccount()
  assert.equal((await submit(key)).status, 200)
  const { state, closes_at: at } = await json<{ state: string; closes_at: string }>(
    'account',
    'close',
    id,
  )
  assert.equal(state, 'closing')
  assert.ok(Date.parse(at) > Date.now() + 13 * 24 * 3600_000)
  await untilAnswered(key, /403 .*being closed by its owner/)
  await json('account', 'reopen', id)
  await untilAnswered(key, /^200 /)
  await json('account', 'close', id, '--now')
  const late = await instance.postern('account', 'reopen', id)
  assert.equal(late.code, 1)
  const isGone = async () =>
    /There is no account/.test((await instance.postern('account', 'show', id)).stderr)
  await waitFor(isGone, { what: 'the account to be gone', seconds: 120 })
  await untilAnswered(key, /unknown or revoked/)
  assert.ok(readFileSync(join(instance.home, 'vault', 'destroyed-accounts'), 'utf8').includes(id))
  assert.equal((await json<{ ok: boolean }>('ledger', 'verify')).ok, true)
})

/** What a door knows of a key is up to a second old. */
async function untilAnswered(key: string, expected: RegExp): Promise<void> {
  const answers = async () => {
    const answer = await submit(key)
    return expected.test(`${answer.status} ${await answer.text()}`)
  }
  await waitFor(answers, { what: `the answer ${expected}` })
}

test('limits are changed one by one, and a quota can be taken away', async () => {
  const { id } = await makeAccount()
  await json('account', 'limits', id, '--requests-per-second', '7', '--daily-quota', '20')
  await json('account', 'limits', id, '--daily-quota', 'none', '--keys', '3', '--subaccounts', '2')
  const { limits } = await json<{ limits: object }>('account', 'show', id)
  const others = { daily_quota: null, domains: 1_000, subaccounts: 2 }
  assert.deepEqual(limits, { requests_per_second: 7, keys: 3, ...others })
})

test('a subaccount is shown with its parent, and blocked with it', async () => {
  const parent = await makeAccount()
  const { deps, end } = await peopleOf(instance)
  try {
    const ownerLink = async (id: string) => {
      const { owner_link: link } = await json<{ owner_link: string }>('account', 'owner-link', id)
      return link.split('/').at(-1) ?? ''
    }
    const people = { deps, clock: new MovedClock(), accountId: parent.id, ownerLink }
    const { asking } = await ownerWithTotp(people, 'parent@example.org')
    const { state } = await readAccount(deps, asking)
    const id = await makeSubaccount(deps, { ...asking, state }, { name: 'Below', limits: {} })
    const list = await instance.postern('account', 'list')
    assert.match(list.stdout, new RegExp(`${id} +${parent.id} +active`))
    const above = await json<{ subaccounts: string[] }>('account', 'show', parent.id)
    assert.deepEqual(above.subaccounts, [id])
    const { api_key: key } = await json<Made>('key', 'create', '--account', id)
    assert.equal((await submit(key)).status, 200)
    const blocked = await instance.postern('account', 'block', parent.id)
    assert.match(blocked.stdout, /1 subaccount blocked with it\./)
    await waitFor(async () => (await submit(key)).status === 403, { what: 'the block below' })
    const shown = await instance.postern('account', 'show', id)
    assert.match(shown.stdout, new RegExp(`State +blocked \\(with its parent ${parent.id}\\)`))
    const early = await instance.postern('account', 'unblock', id)
    assert.equal(early.code, 1)
    assert.match(early.stderr, /Unblock that one first/)
    await json('account', 'unblock', parent.id)
    await waitFor(async () => (await submit(key)).status === 200, { what: 'the end of the block' })
  } finally {
    await end()
  }
})

test('a key of the operator sends, is listed without its secret, and stops when revoked', async () => {
  const account = await makeAccount()
  const of = ['--account', account.id]
  const made = await json<Made>('key', 'create', ...of, '--permission', 'sending_access')
  assert.equal((await submit(made.api_key)).status, 200)
  const listed = await instance.postern('key', 'list', ...of)
  assert.match(listed.stdout, new RegExp(`${made.id}.*sending_access`))
  assert.ok(!listed.stdout.includes('pst_live_'))
  await json('key', 'revoke', made.id)
  await waitFor(async () => (await submit(made.api_key)).status !== 200, { what: 'the revocation' })
  const names = await fetch(`${instance.apiUrl}/api-keys`, {
    headers: { authorization: `Bearer ${account.api_key}` },
  })
  assert.equal(names.status, 200)
})

test('the operator sees how a message went and not to whom; its account sees all of it', async () => {
  const { api_key: key } = await makeAccount()
  const { id } = (await (await submit(key, 'Your parcel')).json()) as { id: string }
  await waitFor(
    async () => (await instance.postern('message', 'show', id)).stdout.includes('delivered, 1'),
    { what: 'the delivery', seconds: 20 },
  )
  const operator = await instance.postern('message', 'show', id)
  assert.match(operator.stdout, /try 1 at .*signed with postern1: they answered 250.*delivered/)
  for (const args of [[], ['--json']]) {
    const { stdout } = await instance.postern('message', 'show', id, ...args)
    assert.doesNotMatch(stdout, /reader@|Your parcel|sealed"/i)
  }
  const keyFile = join(instance.home, 'shop.key')
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
  const own = await instance.postern('message', 'show', id, '--key-file', keyFile)
  assert.match(own.stdout, /reader@example\.org/)
  assert.match(own.stdout, /Your parcel/)
  const stranger = await makeAccount()
  writeFileSync(keyFile, stranger.api_key)
  const refused = await instance.postern('message', 'show', id, '--key-file', keyFile)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /has no such message/)
})

test('the records of a domain are shown in both forms', async () => {
  const { api_key: key } = await makeAccount()
  const added = await fetch(`${instance.apiUrl}/domains`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'mail.shop.example' }),
  })
  assert.equal(added.status, 201)
  const { stdout } = await instance.postern('domain', 'records', 'Mail.Shop.example')
  assert.match(stdout, /TXT +postern1\._domainkey\.mail\.shop\.example +p=/)
  assert.match(stdout, /CNAME +postern2\._domainkey\.mail\.shop\.example/)
  const unknown = await instance.postern('domain', 'records', 'nobody.example')
  assert.equal(unknown.code, 1)
})

test('the queue shows what is kept back, by account', async () => {
  const { id, api_key: key } = await makeAccount()
  await submit(key)
  const queue = await json<{ data: { account_id: string }[]; queued: number }>(
    'queue',
    'list',
    '--account',
    id,
    '--limit',
    '5',
  )
  assert.equal(typeof queue.queued, 'number')
  assert.ok(queue.data.every((row) => row.account_id === id))
})

test('doctor finds nothing to be put right', async () => {
  const { data, ok } = await json<{ ok: boolean; data: { name: string; level: string }[] }>(
    'doctor',
  )
  assert.deepEqual(
    data.filter((finding) => finding.level === 'fail'),
    [],
  )
  assert.ok(ok)
  for (const name of ['node', 'root key', 'disk', 'processes', 'users', 'vault', 'clock']) {
    assert.ok(
      data.some((finding) => finding.name === name),
      name,
    )
  }
})

test('every command explains itself', async () => {
  for (const name of [
    'account',
    'key',
    'domain',
    'message',
    'queue',
    'ledger',
    'vault',
    'doctor',
  ]) {
    const { code, stdout } = await instance.postern(name, '--help')
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`postern ${name}`))
  }
})

test('a wrong call says the nearest right one and exits with 2', async () => {
  const wrong: [string[], RegExp][] = [
    [['account', 'create', '--nam', 'x'], /did you mean --name\?/],
    [['account', 'create', '--name', 'x'], /--email must be given/],
    [['account', 'blok', unknownId], /did you mean block\?/],
    [['account'], /say what to do/],
    [['account', 'show', 'seven'], /ID must be an id/],
    [['account', 'limits', unknownId], /at least one limit/],
    [['account', 'block', unknownId, '--reason', 'Ann called'], /--reason must be a code/],
    [['queue', 'list', '--limit', '0'], /--limit must be a whole number/],
  ]
  for (const [args, said] of wrong) {
    const { code, stderr } = await instance.postern(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, said)
  }
})

test('what does not exist is refused with 1, in JSON when asked', async () => {
  const { code, stderr } = await instance.postern('account', 'show', unknownId, '--json')
  assert.equal(code, 1)
  assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'not_found')
})

test('a root key behind a passphrase starts vault sealed, and the passphrase opens it', async () => {
  const short = await piped('too short', 'vault', 'protect')
  assert.equal(short.code, 1)
  const { code, output } = await piped(passphrase, 'vault', 'protect')
  assert.equal(code, 0, output)
  assert.ok(!existsSync(join(instance.home, 'root.key')))
  assert.equal(statSync(join(instance.home, 'root.sealed')).mode & 0o777, 0o600)
  const { home, key } = instance
  await instance.stop({ keepHome: true })
  instance = await startInstance({ home })
  assert.deepEqual(await json('vault', 'status'), { sealed: true })
  const wrong = await piped('not the right passphrase', 'vault', 'unseal')
  assert.equal(wrong.code, 1)
  assert.match(wrong.output, /passphrase does not open/)
  assert.equal((await piped(passphrase, 'vault', 'unseal')).code, 0)
  assert.deepEqual(await json('vault', 'status'), { sealed: false })
  await waitFor(async () => (await submit(key)).status === 200, { what: 'the door' })
})

test('the ledger holds, until a superuser changes a line of it', async () => {
  const before = await json<{ ok: boolean; lines: number }>('ledger', 'verify')
  assert.ok(before.ok && before.lines > 0)
  await asSuperuser('update postern.ledger set object_count = 9 where position = 2')
  const { code, stdout } = await instance.postern('ledger', 'verify', '--json')
  assert.equal(code, 1)
  const found = JSON.parse(stdout) as { first_bad_position: number; last_bad_position: number }
  assert.ok(found.first_bad_position <= 2 && found.last_bad_position >= 2)
})

test('without a running instance a command says how to start one', async () => {
  const elsewhere = { ...instance.environment, POSTERN_HOME: join(instance.home, 'elsewhere') }
  const child = spawn(process.execPath, ['bin/postern', 'account', 'list'], {
    cwd: checkout,
    env: elsewhere,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const code = await new Promise((settle) => child.once('close', settle))
  assert.equal(code, 1)
  assert.match(said, /postern run/)
})
