/** SIGTERM to the supervisor in the middle of work. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startLoad } from '../support/load.ts'
import { startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  arrivals,
  demandNoFaults,
  isAlive,
  queueState,
  startPostern,
  untilDelivered,
} from './running-postern.ts'

test('SIGTERM under load ends everything cleanly, and the next start delivers whatever was accepted', async (context) => {
  const host = await startMailHost()
  const first = await startPostern({ 'sink.test': host.port })
  let hasStopped = false
  const load = startLoad({
    url: first.apiUrl,
    key: first.key,
    run: 'drain',
    recipientDomain: 'sink.test',
    random: Math.random,
    workers: 8,
    batchShare: 0.1,
    isDone: () => hasStopped,
    pauseMs: 5,
  })
  await waitFor(() => load.accepted.size >= 300, { what: 'a running load', seconds: 60 })
  const { pids, sockets } = first.runJson
  const exitCode = await first.stop({ keepHome: true })
  hasStopped = true
  await load.ended
  assert.equal(exitCode, 0)
  assert.equal(existsSync(join(first.home, 'run.json')), false)
  assert.equal(existsSync(sockets), false)
  for (const [name, processId] of Object.entries(pids)) {
    for (const each of [processId].flat()) assert.equal(isAlive(each), false, `${name} has ended`)
  }
  demandNoFaults(first, load)
  for (const role of ['api', 'smtp', 'console', 'deliver', 'jobs', 'vault', 'inbox']) {
    const log = readFileSync(join(first.home, 'log', `${role}.log`), 'utf8')
    assert.match(log, /"event":"stopped"/, `${role} finished in time`)
  }
  const atOnce = arrivals(host, 'drain').size

  const second = await startPostern({ 'sink.test': host.port }, first.home)
  await untilDelivered(load.accepted, { host, run: 'drain', postern: second, seconds: 60 })
  const { total } = await queueState(second, load.accepted.values())
  assert.equal(total, load.accepted.size)
  const sent = host.messages.length
  assert.equal(sent, arrivals(host, 'drain').size, 'a drained instance sends nothing twice')
  context.diagnostic(
    `accepted ${load.accepted.size}, delivered before the end ${atOnce}, 503 ${load.refused}, no answer ${load.unanswered}`,
  )
  assert.equal(await second.stop({ keepHome: true }), 0)
  rmSync(first.home, { recursive: true })
  await host.stop()
})
