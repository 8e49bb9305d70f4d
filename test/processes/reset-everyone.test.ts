/**
 * Drill D10: everybody's password is reset while a stolen session is in use and programs send. The session is refused a
 * second after the command at the latest, the old password never lets in, sending goes on, and each person has one mail.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { becomePerson, requestLink, resetPassword } from '../../src/core/people/links.ts'
import { Browser } from '../console/people-console.ts'
import { password } from '../people/people-support.ts'
import { waitFor } from '../support/wait-for.ts'
import { inboxOf, type PeopleOfInstance, peopleOf } from './people-of-instance.ts'
import { type RunningPostern, startPostern } from './running-postern.ts'

const emails = ['ada@example.com', 'bob@example.com', 'eve@example.com']
let postern: RunningPostern
let people: PeopleOfInstance
let accounts: string[] = []
before(async () => {
  postern = await startPostern({})
  people = await peopleOf(postern)
  const { stdout } = await postern.postern('account', 'list', '--json')
  accounts = [JSON.parse(stdout).data[0].id]
  for (const email of emails.slice(1)) accounts.push(await makeAccount(email))
  for (const [index, email] of emails.entries()) {
    const { owner_link: link } = await ask('account', 'owner-link', accounts[index] ?? '')
    const token = link.split('/').at(-1) ?? ''
    await becomePerson(people.deps, token, { name: 'Somebody', email, password })
  }
})
after(async () => {
  await people?.end()
  await postern?.stop()
})

// biome-ignore lint/suspicious/noExplicitAny: what a command answers
async function ask(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await postern.postern(...args, '--json')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

async function makeAccount(email: string): Promise<string> {
  return (await ask('account', 'create', '--name', 'Other', '--email', email)).id
}

async function signIn(
  email: string,
  shown = password,
): Promise<{ browser: Browser; status: number }> {
  const browser = new Browser(postern.runJson.ports.console, { now: () => Date.now() })
  const { status } = await browser.signIn({ email, password: shown })
  return { browser, status }
}

/** Asks again and again until it is told to stop; when each accepted request had begun. */
function keepAsking(work: () => Promise<number>, pauseMs: number) {
  const asked: { begunAt: number; status: number }[] = []
  let isEnding = false
  const running = (async () => {
    while (!isEnding) {
      const begunAt = performance.now()
      asked.push({ begunAt, status: await work() })
      await pause(pauseMs)
    }
  })()
  return {
    asked,
    stop: async () => {
      isEnding = true
      await running
    },
  }
}

test('nothing is done without the word, and whom it is about has to be said', async () => {
  const { code, stderr } = await postern.postern('reset', 'passwords', '--all')
  assert.equal(code, 1)
  assert.match(stderr, /passwords: 3, sessions: \d+.*add --yes/)
  for (const scope of [[], ['--all', '--account', accounts[0] ?? '']]) {
    const wrong = await postern.postern('sessions', 'end', ...scope, '--yes')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /either --all or --account/)
  }
})

test('ending the sessions of one account leaves the others', async () => {
  const { browser: ada } = await signIn('ada@example.com')
  const { browser: bob } = await signIn('bob@example.com')
  const { inventory } = await ask('sessions', 'end', '--account', accounts[1] ?? '', '--yes')
  assert.deepEqual([inventory.before.sessions, inventory.after.sessions], [1, 0])
  await waitFor(async () => (await bob.ask('GET', '/api/session')).status === 401, {
    what: 'the end of the session',
  })
  assert.equal((await ada.ask('GET', '/api/session')).status, 200)
})

test('a reset ends every session within a second while programs send without a failure', async () => {
  const { browser: stolen } = await signIn('ada@example.com')
  await signIn('eve@example.com')
  const thief = keepAsking(async () => (await stolen.ask('GET', '/api/session')).status, 30)
  const program = keepAsking(
    async () => (await postern.send({ to: 'somebody@example.com' })).status,
    5,
  )
  await waitFor(() => thief.asked.length > 5 && program.asked.length > 5, { what: 'both to run' })
  const { told, inventory } = await ask('reset', 'passwords', '--all', '--yes')
  const doneAt = performance.now()
  await waitFor(() => (thief.asked.at(-1)?.begunAt ?? 0) > doneAt + 1_500, { what: 'the thief' })
  const sentSince = program.asked.length
  await waitFor(() => program.asked.length > sentSince + 20, { what: 'the program to go on' })
  await thief.stop()
  await program.stop()
  assert.equal(thief.asked[0]?.status, 200)
  const late = thief.asked.filter(({ begunAt }) => begunAt > doneAt + 1_000)
  assert.deepEqual(new Set(late.map(({ status }) => status)), new Set([401]))
  assert.deepEqual(new Set(program.asked.map(({ status }) => status)), new Set([200]))
  assert.equal(told, 3)
  assert.deepEqual([inventory.before.passwords, inventory.after.passwords], [3, 0])
  assert.ok(inventory.before.sessions >= 3)
  assert.equal(inventory.after.sessions, 0)
  assert.equal(inventory.after.api_keys, inventory.before.api_keys)
})

test('each person is told by exactly one mail without a link, also when the command is given again', async () => {
  assert.equal((await ask('reset', 'passwords', '--all', '--yes')).told, 0)
  const needed = async (email: string) =>
    (await inboxOf(postern, email)).filter((source) =>
      /^Subject: Your password no longer/m.test(source),
    )
  await waitFor(
    async () =>
      (await postern.query('select from postern.notices where sent_at is null')).length === 0,
    { what: 'every notice to be sent', seconds: 60 },
  )
  for (const email of emails) {
    await waitFor(async () => (await needed(email)).length > 0, { what: 'the mail', seconds: 60 })
    const found = await needed(email)
    assert.equal(found.length, 1)
    assert.doesNotMatch(found[0] ?? '', /https?:|<a\b/)
  }
})

test('the old password never lets in again, a new one chosen by mail does', async () => {
  for (const email of emails) assert.notEqual((await signIn(email)).status, 200)
  const link = await requestLink(people.deps, 'reset_password', 'ada@example.com')
  const fresh = { email: 'ada@example.com', password: 'another fine battery staple' }
  await resetPassword(people.deps, link?.token ?? '', fresh)
  assert.notEqual((await signIn('ada@example.com')).status, 200)
  const { browser, status } = await signIn('ada@example.com', fresh.password)
  assert.equal(status, 200)
  assert.equal((await browser.ask('GET', '/api/session')).status, 200)
})

test('keys of an account end after the grace, never later, and those of others stay', async () => {
  const [first = '', second = ''] = accounts
  const ended = await ask('revoke', 'keys', '--account', second, '--grace', '1h', '--yes')
  assert.equal(ended.ended, 1)
  assert.deepEqual([ended.inventory.before.api_keys, ended.inventory.after.api_keys], [1, 1])
  const [key] = (await ask('key', 'list', '--account', second)).data
  assert.equal(key.expires_at, ended.ends_at)
  const later = await ask('revoke', 'keys', '--account', second, '--grace', '24h', '--yes')
  assert.equal(later.ended, 0)
  const { data } = await ask('key', 'list', '--account', first)
  assert.ok(data.every((one: { expires_at: string | null }) => one.expires_at === null))
  assert.equal((await postern.send({ to: 'somebody@example.com' })).status, 200)
  assert.equal((await postern.postern('ledger', 'verify')).code, 0)
})
