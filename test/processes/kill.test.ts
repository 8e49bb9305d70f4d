/** kill -9 of each process and of the database server at random moments; SEED repeats a run. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { roles } from '../../src/config/role.ts'
import type { ProcessName } from '../support/instance.ts'
import { type Load, seededRandom, startLoad } from '../support/load.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  arrivals,
  demandNoFaults,
  isAlive,
  queueState,
  type RunningPostern,
  startPostern,
  untilDelivered,
} from './running-postern.ts'

const messagesMin = 3_000
const roundsOfKills = 2
/** Moments are spread over a slot for each kill. */
const slotMs = 1_600
/** What deliver holds at most. */
const inFlightMax = 600
const seed = Number(process.env.SEED ?? randomInt(2 ** 31))

let host: MailHost
let postern: RunningPostern

before(async () => {
  host = await startMailHost()
  postern = await startPostern({ 'sink.test': host.port })
})

after(async () => {
  assert.equal(await postern.stop(), 0, postern.output())
  await host.stop()
})

test('with every process and the database killed at random moments, what was accepted is delivered and nothing is lost', async (context) => {
  context.diagnostic(`SEED=${seed}`)
  const random = seededRandom(seed)
  let killsDone = false
  const load = startLoad({
    url: postern.apiUrl,
    key: postern.key,
    run: 'kill',
    recipientDomain: 'sink.test',
    random,
    workers: 6,
    pauseMs: 45,
    batchShare: 0.05,
    keyedShare: 0.3,
    isDone: ({ accepted }) => killsDone && accepted.size >= messagesMin,
  })
  const inFlight = await killAll(seededRandom(seed + 1)).finally(() => {
    killsDone = true
  })
  await load.ended
  demandNoFaults(postern, load)
  await untilDelivered(load.accepted, { host, run: 'kill', postern, seconds: 150 })
  const { total } = await queueState(postern, load.accepted.values())
  assert.equal(total, load.accepted.size, 'every accepted message is in the database')
  const duplicates = demandNoneTwice(load)
  assert.ok(duplicates <= inFlight, `${duplicates} duplicates, ${inFlight} were in flight`)
  const unanswered = arrivals(host, 'kill').size - load.accepted.size
  context.diagnostic(
    `accepted ${load.accepted.size}, lost 0, duplicates ${duplicates} (in flight at kills: ${inFlight}), ` +
      `503 ${load.refused}, no answer ${load.unanswered}, delivered without an answer ${unanswered}`,
  )
})

/** Returns how many deliveries were in flight when deliver was killed. */
async function killAll(random: () => number): Promise<number> {
  const victims: ProcessName[] = [...roles, 'postgres']
  let inFlight = 0
  for (let round = 0; round < roundsOfKills; round++) {
    for (const victim of shuffled(victims, random)) {
      await pause(random() * slotMs)
      await waitFor(() => isAlive(processIdOf(victim)), { what: `${victim} again`, seconds: 60 })
      if (victim === 'deliver') inFlight += await countInFlight()
      const killed = postern.kill(victim)
      // The next kill may come while this one is not back yet.
      back.push(postern.untilReplaced(victim, killed))
    }
  }
  await Promise.all(back)
  return inFlight
}

const back: Promise<void>[] = []

function processIdOf(name: ProcessName): number {
  return [postern.runJson.pids[name] ?? []].flat()[0] ?? 0
}

/** Deliver stands still while it is counted; its order to die comes next. */
async function countInFlight(): Promise<number> {
  process.kill(processIdOf('deliver'), 'SIGSTOP')
  const counted = await postern
    .query<{ attempting: number }>(
      `select count(*)::integer as attempting from postern.deliveries where state = 'attempting'`,
    )
    .catch(() => [{ attempting: inFlightMax }])
  return counted[0]?.attempting ?? inFlightMax
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** How often a message came again. A request with an Idempotency-Key, however often repeated, is one message. */
function demandNoneTwice({ accepted, keyed }: Load): number {
  let duplicates = 0
  for (const [seq, messageIds] of arrivals(host, 'kill')) {
    const different = new Set(messageIds)
    duplicates += messageIds.length - different.size
    if (keyed.has(seq)) assert.equal(different.size, 1, `message ${seq} was stored twice`)
    const id = accepted.get(seq)
    if (id !== undefined) assert.ok(different.has(id), `message ${seq} arrived as another`)
  }
  return duplicates
}
