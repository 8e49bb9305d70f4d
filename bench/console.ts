/**
 * How long the console takes to answer who looks at messages, and whether that grows with the history: the list of the 50
 * newest, one message, a search that finds something in the newest, and one that looks through as much as a search may.
 *
 *     node bench/console.ts [--histories 10000,1000000] [--rounds 60]
 *
 * The newest hundred messages go through the real door and are opened by a real vault. What lies before them is made by
 * the database: rows of the same size whose content nobody opens, as nobody opens it when the newest are looked at.
 */
import { parseArgs } from 'node:util'
import { accept } from '../test/console/mail-support.ts'
import { type PeopleConsole, startPeopleConsole } from '../test/console/people-console.ts'
import { draft } from '../test/support/seeded.ts'

const newest = 100
const paceMs = 25
const historyDays = 90
/** What one statement adds. */
const batch = 10_000

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '10000,1000000' },
    rounds: { type: 'string', default: '60' },
  },
})
const histories = values.histories.split(',').map(Number)
const rounds = Number(values.rounds)

const running = await startPeopleConsole()
const { browser } = await running.owner()
const { account_id: accountId } = (await browser.ask('GET', '/api/session')).body
const drafts = Array.from({ length: newest }, (_, n) =>
  draft([`reader${n}@d${n % 20}.bench.test`], { subject: `The November list, number ${n}` }),
)
const ids = await accept(running, browser, drafts)

const results = []
let made = 0
for (const history of histories) {
  for (; made < history; made += batch) {
    await addHistory(running, made, Math.min(made + batch, history))
  }
  await running.database.query('analyze postern.messages, postern.deliveries, postern.events')
  results.push({
    messages: history + newest,
    listOfNewest50: await measure('GET', () => '/api/emails?limit=50'),
    message: await measure('GET', (n) => `/api/emails/${ids[n % newest]}`),
    changesOf50: await measure('GET', () => `/api/email-changes?ids=${ids.slice(-50).join(',')}`),
    searchFound: await measure('GET', () => '/api/emails?recipient=reader3@d3.bench.test&limit=1'),
    searchInVain: await measure('GET', () => '/api/emails?recipient=nobody@d3.bench.test'),
  })
}
process.stdout.write(`${JSON.stringify({ rounds, unit: 'ms', results }, null, 2)}\n`)
await running.close()

/** Messages older than the newest, spread over the last months; one delivery and two events each. */
async function addHistory({ database }: PeopleConsole, from: number, to: number): Promise<void> {
  await database.query(
    `with given as (
       select m.* from postern.messages m where m.account_id = $1 limit 1
     ), made as (
       select g.n, (lpad(to_hex(((extract(epoch from now()) - 3600 - $4 * 86400.0 * g.n / 1000000) * 1000)::bigint), 12, '0')
                    || '7000' || '8000' || lpad(to_hex(g.n), 12, '0'))::uuid as id
         from generate_series($2::bigint, $3::bigint - 1) as g(n)
     ), stored as (
       insert into postern.messages (lane, account_id, id, credential_id, stream, created_at, expires_at, size_bytes,
                                     recipients, key_version, session_public, envelope_sealed)
       select g.lane, g.account_id, m.id, g.credential_id, 'transactional', now(), g.expires_at, g.size_bytes, 1,
              g.key_version, g.session_public, g.envelope_sealed
         from given g cross join made m
     ), delivered as (
       insert into postern.deliveries (lane, account_id, message_id, n, destination, recipient_index, stream, state,
                                       ready, due_at, attempts)
       select g.lane, g.account_id, m.id, 0, substring(sha256(int8send(m.n % 20)) for 8),
              substring(sha256(int8send(m.n)) for 16), 'transactional', 'delivered', false, now(), 1
         from given g cross join made m
     )
     insert into postern.events (lane, account_id, message_id, n, kind, at)
     select g.lane, g.account_id, m.id, null, k.kind, now()
       from given g cross join made m cross join (values ('accepted'), ('delivered')) as k(kind)`,
    [accountId, from, to, historyDays],
  )
}

async function measure(method: string, path: (round: number) => string) {
  const took: number[] = []
  for (let round = 0; round < rounds + 5; round += 1) {
    // The console takes 50 a second of a session, and those that wait would be measured too.
    await new Promise((resolve) => setTimeout(resolve, paceMs))
    const asked = path(round)
    const start = performance.now()
    const { status, body } = await browser.ask(method, asked)
    const ms = performance.now() - start
    if (status !== 200) throw new Error(`${asked} answered ${status}: ${JSON.stringify(body)}`)
    if (round >= 5) took.push(ms)
  }
  took.sort((one, other) => one - other)
  const at = (share: number) => Number((took[Math.floor(took.length * share)] ?? 0).toFixed(1))
  return { p50: at(0.5), p95: at(0.95) }
}
