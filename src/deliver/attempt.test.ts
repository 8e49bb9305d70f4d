import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextStep, type Outcome, outcomeOf } from './attempt.ts'
import type { Answer, Phase } from './smtp/transaction.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

function answered(phase: Phase, code: number, enhanced?: string): Answer {
  return {
    kind: 'answered',
    phase,
    reply: { code, enhanced, lines: [`${enhanced ?? ''} words`] },
    tls: null,
    host: 'mx.test',
    remoteAddress: '192.0.2.1',
    conversation: [],
    durationMs: 1,
  }
}

test('a host without TLS where it is demanded withholds the message, and says nothing of the recipient', () => {
  const { reply: _, ...facts } = answered('ehlo', 250) as Extract<Answer, { kind: 'answered' }>
  const answer: Answer = { ...facts, kind: 'unreachable', reason: 'no TLS', lacksTls: true }
  assert.deepEqual(outcomeOf(answer), { kind: 'withheld', reason: 'no TLS' })
  const trial = { attempts: 0, nowMs: 0, expiresAtMs: dayMs, random: 0.5 }
  const next = nextStep({ ...trial, outcome: outcomeOf(answer) })
  assert.deepEqual(next, { state: 'queued', dueAtMs: minuteMs })
})

const deferred: Outcome = {
  kind: 'deferred',
  reply: { code: 451, enhanced: undefined, lines: [] },
  suppress: false,
}
const unreachable: Outcome = { kind: 'unreachable', reason: 'no answer' }

for (const [phase, code, enhanced, kind, suppress] of [
  ['dot', 250, '2.0.0', 'delivered', false],
  ['rcpt', 451, '4.3.0', 'deferred', false],
  ['dot', 421, undefined, 'deferred', false],
  ['rcpt', 550, '5.1.1', 'bounced', true],
  ['dot', 550, '5.1.1', 'bounced', true],
  ['mail', 550, '5.1.1', 'bounced', false],
  ['rcpt', 550, '5.7.1', 'bounced', false],
  ['rcpt', 552, '5.2.2', 'bounced', false],
] as const) {
  test(`${code} ${enhanced ?? ''} at ${phase} is ${kind}${suppress ? ' and suppresses' : ''}`, () => {
    const outcome = outcomeOf(answered(phase, code, enhanced))
    assert.deepEqual(outcome.kind, kind)
    assert.equal('suppress' in outcome && outcome.suppress, suppress)
  })
}

test('waits between attempts grow from a minute to two hours', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 40].map(
    (attempts) => stepOf(deferred, { attempts }).dueAtMs / minuteMs,
  )
  assert.deepEqual(waits, [1, 5, 15, 30, 60, 120, 120, 120])
})

test('a host that did not answer is tried again within seconds at first', () => {
  const waits = [0, 1, 2, 10].map(
    (attempts) => stepOf(unreachable, { attempts }).dueAtMs / minuteMs,
  )
  assert.deepEqual(waits, [1 / 6, 1, 5, 120])
})

test('waits vary by a fifth in both directions', () => {
  assert.equal(stepOf(deferred, { random: 0 }).dueAtMs, 0.8 * minuteMs)
  assert.equal(stepOf(deferred, { random: 1 }).dueAtMs, 1.2 * minuteMs)
})

test('the last try comes at the moment of expiry, and ends the delivery', () => {
  const before = stepOf(deferred, { expiresAtMs: 10_000 })
  assert.deepEqual(before, { state: 'queued', dueAtMs: 10_000 })
  const then = stepOf(unreachable, { expiresAtMs: 10_000, nowMs: 10_000 })
  assert.deepEqual(then, { state: 'expired', dueAtMs: 10_000 })
})

test('a final answer ends the delivery, however late', () => {
  const late = { nowMs: 5, expiresAtMs: 1 }
  for (const kind of ['delivered', 'bounced'] as const) {
    const outcome: Outcome = { ...deferred, kind }
    assert.deepEqual(stepOf(outcome, late), { state: kind, dueAtMs: 5 })
  }
})

function stepOf(outcome: Outcome, change: Partial<Parameters<typeof nextStep>[0]>) {
  return nextStep({ outcome, attempts: 0, nowMs: 0, expiresAtMs: dayMs, random: 0.5, ...change })
}
