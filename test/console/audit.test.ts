/** The audit log over the wire: what was done is there, in words, filtered, proved, and taken away as a file. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
import { actionWords, wordsOf } from '../../src/core/ledger/action-words.ts'
import { verifyExport } from '../../src/core/ledger/verify-export.ts'
import { waitFor } from '../support/wait-for.ts'
import { freshen, memberBrowser } from './account-support.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

const checkout = join(import.meta.dirname, '../..')

interface Line {
  id: string
  action: string
  words: string
  actor: { kind: string; id: string | null; name: string | null }
  position: number | null
}

async function lines(query = '', { browser } = owner) {
  const { status, body } = await browser.ask('GET', `/api/audit${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.data as Line[]
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(checkout, folder, file), 'utf8'))
}

/** Actions that are put together: their first part, and what may follow; or their second, and what may go before. */
const joined: Record<string, string[]> = {
  'account.': ['limits', 'suspend', 'resume'],
  'break_glass.': ['ask', 'open'],
  'claim.': ['blocked', 'completed', 'expired'],
  'factors.reset_': ['asked', 'done', 'off'],
  'person.': ['ask_address', 'keep_address', 'change_address'],
  'queue.': ['cancel', 'hold', 'release', 'retry'],
  'subaccount.': ['limits', 'suspend', 'resume'],
  '.open': ['message', 'attachment'],
  '.create': ['user', 'factor', 'member', 'one_time_link', 'epoch', 'account_state'],
  '.change': ['user', 'factor', 'member', 'one_time_link', 'epoch', 'account_state'],
  '.end': ['user', 'factor', 'member', 'one_time_link'],
}

test('every action that the database or a process writes has its words', () => {
  const sql = filesIn('migrations/functions', '.sql').join('\n')
  const code = filesIn('src', '.ts').join('\n')
  const whole = [
    ...[...sql.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].flatMap(([, name = '']) => name),
    ...[...code.matchAll(/action(?::|\s=)\s?[^\n]*/g)].flatMap(([text]) =>
      [...text.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].flatMap(([, name = '']) => name),
    ),
  ].filter((name) => !/^(postern|private|authority)\.|_$/.test(name))
  assert.ok(whole.length > 20)
  const parts = [...sql.matchAll(/'([a-z_]+\.(?:[a-z_]*_)?)' \|\||\|\| '(\.[a-z_]+)'/g)]
    .map(([, before, after]) => before ?? after ?? '')
    .filter((part) => part !== 'postern.')
  const made = parts.flatMap((part) => {
    assert.ok(joined[part], `say in this test what stands beside ${part}`)
    return (joined[part] ?? []).map((other) => (part.startsWith('.') ? other + part : part + other))
  })
  for (const action of new Set([...whole, ...made])) {
    assert.ok(actionWords[action], `${action} has no words in src/core/ledger/action-words.ts`)
  }
  assert.equal(wordsOf('constructor'), 'constructor')
})

test('what was just done is there, by whom, in words', async () => {
  await freshen(running, owner)
  await owner.browser.ask('POST', '/api/invitations', { email: 'g@example.com', role: 'analyst' })
  const [line] = await lines('?action=one_time_link')
  assert.deepEqual(line?.actor, {
    kind: 'person',
    id: line?.actor.id ?? '',
    name: 'Ada',
  })
  assert.equal(line?.words, 'made an invitation or a link')
  const byOperator = await lines('?action=account.create')
  assert.deepEqual(
    byOperator.map(({ actor }) => actor.kind),
    ['operator'],
  )
})

test('lines are filtered by action, actor and time, and walked by cursor to the first', async () => {
  const { user } = (await owner.browser.ask('GET', '/api/session')).body
  const own = await lines(`?actor=${user.id}&limit=100`)
  assert.ok(own.length > 3)
  assert.ok(own.every(({ actor }) => actor.id === user.id))
  assert.deepEqual(await lines('?to=2020-01-01T00:00:00Z'), [])
  assert.deepEqual(await lines('?from=2099-01-01T00:00:00Z'), [])
  assert.ok((await lines('?limit=100')).some(({ action }) => action === 'person.open'))
  const changes = await lines('?changes_only=true&limit=100')
  assert.ok(changes.length > 3 && changes.every(({ action }) => !/\.open$/.test(action)))
  const seen: string[] = []
  for (let after = ''; ; ) {
    const query = `?changes_only=true&limit=2${after && `&after=${after}`}`
    const { body } = await owner.browser.ask('GET', `/api/audit${query}`)
    seen.push(...body.data.map(({ id }: { id: string }) => id))
    if (!body.has_more) break
    after = seen.at(-1) ?? ''
  }
  assert.deepEqual(
    seen.filter((id) => changes.some((one) => one.id === id)),
    changes.map(({ id }) => id),
  )
  for (const query of ['?action=x%25', '?actor=me', '?from=yesterday', '?nothing=1', '?after=-1']) {
    assert.equal((await owner.browser.ask('GET', `/api/audit${query}`)).status, 422, query)
  }
})

test('a line is proved, and a line of nobody is none', async () => {
  const oldest = (await lines('?limit=100')).at(-1)
  const path = `/api/audit/${oldest?.id}/proof`
  await waitFor(async () => (await owner.browser.ask('GET', path)).status === 200, {
    what: 'the line to be placed',
  })
  const { body } = await owner.browser.ask('GET', path)
  assert.equal(body.position, oldest?.position ?? body.position)
  assert.ok(body.checkpoint.tree_size > body.position)
  assert.equal((await owner.browser.ask('GET', '/api/audit/999999/proof')).status, 404)
})

test('the export is a file that verifies, and takes a fresh factor', async () => {
  await freshen(running, owner)
  const placed = async () => {
    const rows = await running.database.query(
      'select count(*)::integer as n from postern.ledger where position is null',
    )
    return rows[0]?.n === 0
  }
  await waitFor(placed, { what: 'vault to place every line' })
  const { status, headers, body } = await owner.browser.ask('GET', '/api/audit/export')
  assert.equal(status, 200, JSON.stringify(body))
  assert.match(String(headers['content-disposition']), /postern-audit-\d{4}-\d\d-\d\d\.ndjson/)
  const report = verifyExport(Buffer.from(body), running.vault.publicKey)
  assert.equal(report.fault, null)
  assert.ok(report.lines > 5)
  const none = await owner.browser.ask('GET', '/api/audit/export?to=2020-01-01T00:00:00Z')
  assert.equal(verifyExport(Buffer.from(none.body), null).lines, 0)
  running.clock.forward(11 * 60_000)
  const stale = await owner.browser.ask('GET', '/api/audit/export')
  assert.equal(stale.body.error.code, 'step_up_needed')
})

test('who was refused for their network is shown with their address, to who may see it', async () => {
  await freshen(running, owner)
  const networks = { console: ['203.0.113.0/24'], api: [], smtp: [] }
  const policy = { requires_factor: false, networks, confirm: true }
  await owner.browser.ask('PUT', '/api/account/policy', policy)
  running.clock.forward(1_000)
  assert.equal((await owner.browser.ask('GET', '/api/audit')).status, 401)
  await running.uses.flush()
  await changeAccountState(running.operator, running.database.operatorToken, {
    accountId: running.accountId,
    change: { clearsNetworks: true },
    action: 'account.clear_networks',
  })
  running.clock.forward(1_000)
  const { body } = await owner.browser.ask('GET', '/api/audit/refused')
  assert.deepEqual(
    body.data.map((one: Record<string, unknown>) => [one.door, one.address, one.name]),
    [['console', '127.0.0.1', 'Ada']],
  )
  const analyst = await memberBrowser(running, owner, { role: 'analyst' })
  for (const path of ['', '/refused', '/export', '/1/proof', '/actions']) {
    const answer = await analyst.ask('GET', `/api/audit${path}`)
    assert.deepEqual([answer.status, answer.body.error.field], [403, 'audit:read'])
  }
})
