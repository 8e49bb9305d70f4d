/** The way in for the first owner, and the mail of Postern itself, on a real instance. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { becomePerson, readLink } from '../../src/core/people/links.ts'
import { Browser } from '../console/people-console.ts'
import { MovedClock, nextCode, password } from '../people/people-support.ts'
import { runToEnd } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'
import { inboxOf, type PeopleOfInstance, peopleOf } from './people-of-instance.ts'
import { type RunningPostern, startPostern } from './running-postern.ts'

let postern: RunningPostern
let people: PeopleOfInstance
before(async () => {
  postern = await startPostern({})
  people = await peopleOf(postern)
})
after(async () => {
  await people?.end()
  await postern?.stop()
})

const linkOnScreen = /Become the owner of the first account .*: (\S+)\/welcome\/([\w-]{43})\n/
const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()

async function firstAccount(): Promise<string> {
  const { stdout } = await postern.postern('account', 'list', '--json')
  return JSON.parse(stdout).data[0].id
}

test('the first screen shows a way in for the first owner, which works for a day', async () => {
  await waitFor(() => linkOnScreen.test(postern.output()), { what: 'the first screen' })
  const [, address, token = ''] = linkOnScreen.exec(postern.output()) ?? []
  assert.equal(address, postern.consoleUrl)
  const facts = await readLink(people.deps, token)
  assert.equal(facts.purpose, 'first_owner')
  assert.equal(facts.accountId, await firstAccount())
  const [row] = await postern.query<{ hours: number }>(
    'select extract(epoch from expires_at - now()) / 3600 as hours from postern.one_time_links where h2 = $1',
    [hash(hash(token))],
  )
  assert.ok(Number(row?.hours) > 23 && Number(row?.hours) <= 24)
})

test('the command prints such a link too, and leaves a line in the ledger', async () => {
  const id = await firstAccount()
  const { code, stdout } = await postern.postern('account', 'owner-link', id, '--json')
  assert.equal(code, 0)
  const token = JSON.parse(stdout).owner_link.replace(`${postern.consoleUrl}/welcome/`, '')
  assert.equal((await readLink(people.deps, token)).accountId, id)
  const lines = await postern.query(
    "select from postern.ledger where action = 'one_time_link.create' and account_id = $1 and actor_kind = 'operator'",
    [id],
  )
  assert.equal(lines.length, 2)
})

test('no such link is made for an account that is none, or is the installation', async () => {
  for (const id of [
    '00000000-0000-7000-8000-000000000000',
    '01999999-0000-7000-8000-000000000001',
  ]) {
    const { code, stderr } = await postern.postern('account', 'owner-link', id)
    assert.equal(code, 1)
    assert.match(stderr, /There is no account/)
  }
})

test('the key of its own mail is for its owner only, may only send, and keeps no content', async () => {
  const file = join(postern.home, 'mail.key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const key = readFileSync(file, 'utf8').trim()
  const rows = await postern.query(
    `select permission, options from postern.credentials
      where account_id = '00000000-0000-7000-8000-000000000000' and h2 = $1`,
    [hash(hash(key))],
  )
  assert.deepEqual(rows, [{ permission: 'sending_access', options: { keepsContent: false } }])
})

test('a first owner who comes in from a new browser is told once by mail, without any link', async () => {
  const token = linkOnScreen.exec(postern.output())?.[2] ?? ''
  await becomePerson(people.deps, token, { name: 'Ada', email: 'ada@example.com', password })
  const browser = new Browser(postern.runJson.ports.console, { now: () => Date.now() })
  const { status } = await browser.signIn({ email: 'ada@example.com', password })
  assert.equal(status, 200)
  let found: string[] = []
  await waitFor(
    async () => {
      found = await inboxOf(postern, 'ada@example.com')
      return found.length > 0
    },
    { what: 'the notice in the inbox', seconds: 60 },
  )
  const source = found[0] ?? ''
  assert.match(source, /^From: Postern <postern@postern\.localhost>/m)
  assert.match(source, /^Subject: Signed in from a new browser/m)
  assert.match(source, /^Auto-Submitted: auto-generated/m)
  assert.match(source, /Account: First account/)
  assert.doesNotMatch(source, /https?:|<a\b|localhost:/)
  await waitFor(
    async () =>
      (await postern.query('select from postern.notices where sent_at is null')).length === 0,
    { what: 'the notice to be finished' },
  )
  assert.equal((await inboxOf(postern, 'ada@example.com')).length, 1)
})

test('the pages say where programs go, also where the doors took any free port', async () => {
  const browser = new Browser(postern.runJson.ports.console, { now: () => Date.now() })
  await browser.signIn({ email: 'ada@example.com', password })
  const { body } = await browser.ask('GET', '/api/programs')
  assert.equal(body.api_url, postern.apiUrl)
  assert.equal(body.smtp.port, postern.runJson.ports.smtp)
  assert.equal(body.inbox_url, postern.inboxUrl)
})

test('the operator resets the factors of somebody named on standard input, who gets a link by mail', async () => {
  const clock = new MovedClock()
  const browser = new Browser(postern.runJson.ports.console, { now: () => Date.now() })
  await browser.signIn({ email: 'ada@example.com', password })
  const { secret } = (await browser.ask('POST', '/api/me/totp')).body
  const added = { name: 'Phone', code: nextCode(secret, clock) }
  assert.equal((await browser.ask('POST', '/api/me/totp/confirm', added)).status, 201)
  const command = ['person', 'reset-factors', '--now', '--json']
  const { code, stdout, stderr } = await postern.posternWithInput('ada@example.com', ...command)
  assert.equal(code, 0, stderr)
  assert.doesNotMatch(stdout + stderr, /example\.com|reset\//)
  const link = /reset\/([\w-]{43})/
  const found = async () =>
    (await inboxOf(postern, 'ada@example.com')).some((one) => link.test(one))
  await waitFor(found, { what: 'the link in the inbox', seconds: 60 })
  assert.equal((await browser.ask('GET', '/api/session')).status, 401)
  const nobody = await postern.posternWithInput('nobody@example.com', ...command)
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /no person with this/)
})

test('once the account has an owner, neither the command nor the next start makes such a link', async () => {
  const { code, stderr } = await postern.postern('account', 'owner-link', await firstAccount())
  assert.equal(code, 1)
  assert.match(stderr, /has members already/)
  const key = readFileSync(join(postern.home, 'mail.key'), 'utf8')
  await people.end()
  await postern.stop({ keepHome: true })
  postern = await startPostern({}, postern.home)
  people = await peopleOf(postern)
  await waitFor(() => postern.output().includes('  Docs  '), { what: 'the first screen' })
  assert.doesNotMatch(postern.output(), /welcome/)
  assert.match(postern.output(), new RegExp(`Console  ${postern.consoleUrl}\n`))
  assert.equal(readFileSync(join(postern.home, 'mail.key'), 'utf8'), key)
})

test('the doctor says whom mail of Postern comes from, and when it cannot', async () => {
  const { stdout } = await postern.postern('doctor', '--json')
  assert.match(findingOf(stdout, 'mail from'), /^ok .*postern\.localhost/)
  assert.match(findingOf(stdout, 'mail key'), /^ok /)
  const wrong = { ...postern.environment, POSTERN_MAIL_FROM: 'Mail <mail@other.example>' }
  const { stdout: said, code } = await runToEnd(['bin/postern', 'doctor', '--json'], wrong)
  assert.equal(code, 1)
  assert.match(findingOf(said, 'mail from'), /^fail .*other\.example/)
})

function findingOf(stdout: string, wanted: string): string {
  const { data } = JSON.parse(stdout) as { data: { name: string; level: string; says: string }[] }
  const found = data.find(({ name }) => name === wanted)
  return found ? `${found.level} ${found.says}` : ''
}

test('an address that mail cannot come from keeps the start, and names the setting', async () => {
  const environment = {
    ...postern.environment,
    POSTERN_HOME: `${postern.home}-other`,
    POSTERN_MAIL_FROM: 'nobody',
  }
  const { code, stderr } = await runToEnd(['bin/postern', 'run'], environment)
  assert.equal(code, 1)
  assert.match(stderr, /POSTERN_MAIL_FROM must be one address/)
})
