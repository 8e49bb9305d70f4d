/** The mail host away, a mail host that hangs up in mid-message, and a restart of the database: mail waits and arrives. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startLoad } from '../support/load.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  arrivals,
  demandNoFaults,
  type RunningPostern,
  startPostern,
  untilDelivered,
} from './running-postern.ts'

let host: MailHost
let postern: RunningPostern
/** The port of a mail host that is away until a test starts it. */
let freePort: number

before(async () => {
  host = await startMailHost()
  const reserved = await startMailHost()
  freePort = reserved.port
  await reserved.stop()
  postern = await startPostern({ 'sink.test': host.port, 'away.sink.test': freePort })
})

after(async () => {
  assert.equal(await postern.stop(), 0, postern.output())
  await host.stop()
})

/** So many messages, and no more. */
function loadOf(count: number, run: string, recipientDomain: string) {
  const random = () => 0.5
  const isDone = ({ accepted }: { accepted: Map<number, string> }) => accepted.size >= count
  const { apiUrl: url, key } = postern
  return startLoad({ url, key, run, recipientDomain, random, isDone, workers: 4 })
}

async function outcomes(ids: Iterable<string>): Promise<Record<string, number>> {
  const rows = await postern.query<{ outcome: string; count: number }>(
    `select outcome, count(*)::integer as count from postern.attempts
      where message_id = any($1) group by outcome`,
    [[...ids]],
  )
  return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]))
}

test('mail for a host that is away waits, and arrives at its own next try when the host is back', async (context) => {
  const load = loadOf(40, 'away', 'away.sink.test')
  await load.ended
  demandNoFaults(postern, load)
  await waitFor(async () => ((await outcomes(load.accepted.values())).unreachable ?? 0) >= 1, {
    what: 'a try that found nobody',
    seconds: 30,
  })
  const backHost = await startMailHost({ port: freePort })
  try {
    const where = { host: backHost, run: 'away', postern, seconds: 120 }
    await untilDelivered(load.accepted, where)
    const { delivered, bounced } = await outcomes(load.accepted.values())
    assert.equal(delivered, load.accepted.size)
    assert.equal(bounced, undefined, 'silence says nothing about a recipient')
    context.diagnostic(`outcomes ${JSON.stringify(await outcomes(load.accepted.values()))}`)
  } finally {
    await backHost.stop()
  }
})

test('a mail host that hangs up in the middle of messages gets every one of them in the end', async (context) => {
  let dropped = 0
  host.script = ({ step }) => {
    if (step !== 'message' || dropped >= 20) return undefined
    dropped += 1
    return { drop: true }
  }
  const load = loadOf(60, 'dropped', 'sink.test')
  await load.ended
  await untilDelivered(load.accepted, { host, run: 'dropped', postern, seconds: 150 })
  const counted = await outcomes(load.accepted.values())
  assert.equal(dropped, 20)
  assert.ok((counted.unreachable ?? 0) >= 1, 'a broken transaction is an attempt')
  assert.equal(counted.delivered, load.accepted.size)
  assert.equal(counted.bounced, undefined)
  context.diagnostic(`outcomes ${JSON.stringify(counted)}`)
})

test('a message taken by a host that then hangs up before its answer arrives at least once', async () => {
  const hungUp = new Set<string>()
  host.script = ({ step, text }) => {
    const name = /\[pb:unsure:\d+\]/.exec(text)?.[0] ?? ''
    if (step !== 'dot' || hungUp.size >= 5 || hungUp.has(name)) return undefined
    hungUp.add(name)
    return { drop: true }
  }
  const load = loadOf(10, 'unsure', 'sink.test')
  await load.ended
  await untilDelivered(load.accepted, { host, run: 'unsure', postern, seconds: 150 })
  assert.ok(hungUp.size > 0)
  host.script = undefined
})

for (const [signal, words] of [
  ['SIGINT', 'an orderly restart'],
  ['SIGKILL', 'a crash'],
] as const) {
  test(`during ${words} of the database a request gets 200 or 503 with Retry-After, and every 200 is true`, async (context) => {
    const run = `database-${signal}`
    let isBack = false
    let acceptedBefore = 0
    const load = startLoad({
      url: postern.apiUrl,
      key: postern.key,
      run,
      recipientDomain: 'sink.test',
      random: () => 0.5,
      workers: 8,
      pauseMs: 10,
      isDone: ({ accepted }) => isBack && accepted.size >= acceptedBefore + 100,
    })
    await waitFor(() => load.accepted.size >= 50, { what: 'a running load', seconds: 30 })
    const killed = [postern.runJson.pids.postgres ?? 0].flat()[0] ?? 0
    process.kill(killed, signal)
    await postern.untilReplaced('postgres', killed)
    acceptedBefore = load.accepted.size
    isBack = true
    await load.ended
    demandNoFaults(postern, load)
    assert.equal(load.unanswered, 0, 'the door itself stays open')
    assert.ok(load.refused > 0, 'some requests came while the database was away')
    await untilDelivered(load.accepted, { host, run, postern, seconds: 150 })
    context.diagnostic(
      `accepted ${load.accepted.size}, 503 ${load.refused}, delivered without a 200 ${arrivals(host, run).size - load.accepted.size}`,
    )
  })
}
