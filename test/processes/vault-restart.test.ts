/** Vault killed under load, and vault that comes back sealed: doors go on for accounts they know, delivery waits. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { SmtpClient } from '../smtp/client.ts'
import { startLoad } from '../support/load.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  demandNoFaults,
  queueState,
  type RunningPostern,
  startPostern,
  untilDelivered,
} from './running-postern.ts'

const passphrase = 'five or more random words are good'
const raw = 'From: test@postern.localhost\r\nSubject: Hello\r\n\r\nHello'
/** On a quiet machine it is back within a second. */
const backMsMax = 6_000

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

async function createAccount(): Promise<string> {
  const names = ['--name', 'Second', '--email', 'second@example.com']
  const { stdout } = await postern.postern('account', 'create', ...names, '--json')
  return JSON.parse(stdout).api_key
}

test('vault killed under load: the door accepts on, nothing is lost, and no attempt is counted', async (context) => {
  let isOver = false
  const load = startLoad({
    url: postern.apiUrl,
    key: postern.key,
    run: 'vault',
    recipientDomain: 'sink.test',
    random: Math.random,
    workers: 6,
    pauseMs: 20,
    batchShare: 0.1,
    isDone: () => isOver,
  })
  await waitFor(() => load.accepted.size >= 200, { what: 'a running load', seconds: 60 })
  const backMs: number[] = []
  for (let times = 0; times < 3; times++) {
    const from = performance.now()
    await postern.untilReplaced('vault', postern.kill('vault'))
    backMs.push(Math.round(performance.now() - from))
  }
  isOver = true
  await load.ended
  demandNoFaults(postern, load)
  assert.equal(load.refused + load.unanswered, 0, 'a known account is accepted without vault')
  await untilDelivered(load.accepted, { host, run: 'vault', postern, seconds: 60 })
  const { total, attemptsMax } = await queueState(postern, load.accepted.values())
  assert.equal(total, load.accepted.size)
  assert.equal(attemptsMax, 1, 'each was tried once')
  assert.equal(host.counts().duplicates, 0)
  assert.ok(backMs[0] !== undefined && backMs[0] < backMsMax, `back after ${backMs[0]} ms`)
  context.diagnostic(`accepted ${load.accepted.size}; vault back after ${backMs.join(', ')} ms`)
})

test('a vault that comes back sealed: known accounts are accepted, a new one gets 503 or 451, and unsealing delivers', async () => {
  const newKey = await createAccount()
  assert.equal((await postern.send({ to: 'known@sink.test' })).status, 200)
  const smtp = await SmtpClient.open(postern.runJson.ports.smtp)
  await smtp.signIn(postern.key)
  assert.match((await smtp.send(raw, ['known@sink.test'])) ?? '', /^250/)
  const made = await postern.posternWithInput(passphrase, 'vault', 'protect')
  assert.equal(made.code, 0, made.stderr)
  assert.equal(existsSync(join(postern.home, 'root.key')), false)
  await postern.untilReplaced('vault', postern.kill('vault'))
  await demandSealed(true)

  const arrivedBefore = host.messages.length
  const known = await postern.send({ to: 'known@sink.test', subject: 'While sealed' })
  assert.equal(known.status, 200)
  const fresh = await postern.send({ to: 'new@sink.test' }, newKey)
  assert.equal(fresh.status, 503)
  assert.ok(Number(fresh.headers.get('retry-after')) >= 1)
  assert.match((await smtp.send(raw, ['known@sink.test'])) ?? '', /^250/)
  const stranger = await SmtpClient.open(postern.runJson.ports.smtp)
  await stranger.signIn(newKey)
  assert.match((await stranger.send(raw, ['new@sink.test'])) ?? '', /^451 4\.3\.0 /)
  assert.equal(host.messages.length, arrivedBefore, 'nothing is opened while vault is sealed')

  await unseal()
  await waitFor(() => host.messages.length > arrivedBefore, { what: 'what waited', seconds: 30 })
  assert.equal((await postern.send({ to: 'new@sink.test' }, newKey)).status, 200)
  assert.match((await stranger.send(raw, ['new@sink.test'])) ?? '', /^250/)
  for (const client of [smtp, stranger]) client.close()
})

test('a sealed start opens its doors, answers 503 until vault is unsealed, and then works', async () => {
  const { home } = postern
  assert.equal(await postern.stop({ keepHome: true }), 0)
  postern = await startPostern({ 'sink.test': host.port }, home)
  await demandSealed(true)
  const early = await postern.send({ to: 'first@sink.test' })
  assert.equal(early.status, 503)
  assert.ok(Number(early.headers.get('retry-after')) >= 1)

  const wrong = await postern.posternWithInput('a passphrase that is not it', 'vault', 'unseal')
  assert.notEqual(wrong.code, 0)
  await demandSealed(true)
  await unseal()
  const arrivedBefore = host.messages.length
  assert.equal((await postern.send({ to: 'first@sink.test' })).status, 200)
  await waitFor(() => host.messages.length > arrivedBefore, { what: 'the message', seconds: 30 })
})

async function unseal(): Promise<void> {
  const { code, stderr } = await postern.posternWithInput(passphrase, 'vault', 'unseal')
  assert.equal(code, 0, stderr)
  await demandSealed(false)
}

async function demandSealed(sealed: boolean): Promise<void> {
  const { stdout, stderr } = await postern.postern('vault', 'status', '--json')
  assert.deepEqual(JSON.parse(stdout), { sealed }, stderr)
}
