import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CheckedNow, compareRecords, judgeDomain, nextLookAt } from './check-domain.ts'
import type { Look, RecordAnswer } from './look-at-record.ts'
import {
  type DomainKeys,
  type ExpectedRecord,
  expectedRecords,
  type RecordsFound,
  recordName,
} from './records.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const domain: DomainKeys = {
  id: '01980000-0000-7000-8000-000000000001',
  name: 'example.com',
  returnPath: 'send',
  selectors: [
    { selector: 'p1', algorithm: 'rsa', publicKey: Buffer.from('first key') },
    { selector: 'p2', algorithm: 'rsa', publicKey: Buffer.from('second key') },
  ],
}
const expected = expectedRecords(domain, 'mail.postern.test')
const [active, standby, mx, spf] = expected as [
  ExpectedRecord,
  ExpectedRecord,
  ExpectedRecord,
  ExpectedRecord,
]
const answeredBy = '192.0.2.53'

function look(isRight: boolean): Look {
  const answer: RecordAnswer = isRight
    ? { kind: 'found', values: ['right'], answeredBy }
    : { kind: 'absent', answeredBy }
  return { answer, isRight, hint: null }
}

/** Looks one after the other at the moments given, each finding `right`. */
function looksAt(moments: [nowMs: number, right: readonly ExpectedRecord[]][]): RecordsFound {
  let found: RecordsFound = {}
  for (const [nowMs, right] of moments) {
    const looks = expected.map((record) => look(right.includes(record)))
    found = compareRecords(expected, looks, { before: found, nowMs })
  }
  return found
}

function facts(found: RecordsFound, state: Partial<CheckedNow['state']> = {}): CheckedNow {
  return {
    name: domain.name,
    createdAtMs: 0,
    state: { activeSelector: 'p1', status: 'pending', returnPathReady: false, ...state },
    expected,
    found,
  }
}

const verified = { status: 'verified', returnPathReady: true } as const

test('what a look found is kept with its values, who answered and when', () => {
  assert.deepEqual(looksAt([[5, [active]]])[recordName(active)], {
    status: 'verified',
    values: ['right'],
    answeredBy,
    at: 5,
    hint: null,
  })
})

test('what no server could say stays as it was known', () => {
  const before = looksAt([[0, [active]]])
  const looks = expected.map(
    (): Look => ({ answer: { kind: 'unanswered' }, isRight: false, hint: 'silence' }),
  )
  const kept = compareRecords(expected, looks, { before, nowMs: dayMs })
  for (const [name, known] of Object.entries(before)) {
    assert.deepEqual(kept[name], { ...known, unanswered: true }, name)
  }
  const answered = compareRecords(
    expected,
    expected.map(() => look(true)),
    {
      before: kept,
      nowMs: dayMs,
    },
  )
  assert.ok(Object.values(answered).every(({ unanswered }) => unanswered === undefined))
})

test('values are bounded in number and length', () => {
  const values = Array.from({ length: 50 }, () => 'x'.repeat(5_000))
  const answer = { kind: 'found', values, answeredBy } as const
  const found = compareRecords([active], [{ answer, isRight: false, hint: null }], {
    before: {},
    nowMs: 0,
  })
  const kept = found[recordName(active)]!.values
  assert.deepEqual([kept.length, kept[0]!.length], [10, 1_000])
})

test('what an SPF record costs in look-ups is kept beside it', () => {
  const values = ['v=spf1 ~all']
  const answer = { kind: 'found', values, answeredBy } as const
  const look = { answer, isRight: true, hint: null, lookups: 3 }
  const found = compareRecords([active], [look], { before: {}, nowMs: 0 })
  assert.equal(found[recordName(active)]?.lookups, 3)
})

test('whatever stands in DNS can be stored', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 1_200 })), (values) => {
      const answer = { kind: 'found', values, answeredBy } as const
      const look = { answer, isRight: false, hint: null }
      const found = compareRecords([active], [look], { before: {}, nowMs: 0 })
      for (const value of found[recordName(active)]!.values) {
        assert.ok(value.isWellFormed() && !value.includes('\0'))
      }
    }),
  )
})

test('a domain is verified by its active key alone', () => {
  assert.deepEqual(judgeDomain(facts(looksAt([[0, [active]]])), 0), {
    status: 'verified',
    returnPathReady: false,
  })
  assert.equal(judgeDomain(facts(looksAt([[0, [standby, mx, spf]]])), 0).status, 'pending')
})

test('the return path takes both its records', () => {
  assert.equal(judgeDomain(facts(looksAt([[0, [active, mx]]])), 0).returnPathReady, false)
  assert.equal(judgeDomain(facts(looksAt([[0, [active, mx, spf]]])), 0).returnPathReady, true)
})

test('records that are missing after three days have failed', () => {
  assert.equal(judgeDomain(facts(looksAt([[0, []]])), 2 * dayMs).status, 'pending')
  assert.equal(judgeDomain(facts(looksAt([[0, []]])), 4 * dayMs).status, 'failed')
})

for (const [title, moments, status] of [
  ['not after one look', [1], 'verified'],
  ['not after three looks within a day', [1, 2, 23], 'verified'],
  ['not after two looks over a day', [1, 26], 'verified'],
  ['after three looks over a day', [1, 12, 25], 'failed'],
] as const) {
  test(`a verified domain without its key has lost it ${title}`, () => {
    const found = looksAt([
      [0, expected],
      ...moments.map((hour): [number, ExpectedRecord[]] => [hour * hourMs, []]),
    ])
    assert.equal(judgeDomain(facts(found, verified), 30 * hourMs).status, status)
  })
}

test('a key that came back counts from the beginning when it goes again', () => {
  const found = looksAt([
    [0, expected],
    [1 * hourMs, []],
    [20 * hourMs, []],
    [21 * hourMs, expected],
    [26 * hourMs, []],
  ])
  assert.deepEqual(found[recordName(active)]?.missing, { since: 26 * hourMs, looks: 1 })
  assert.equal(judgeDomain(facts(found, verified), 26 * hourMs).status, 'verified')
})

test('a return path that is missing for an hour is not used', () => {
  const gone = (...minutes: number[]) =>
    looksAt([
      [0, expected],
      ...minutes.map((minute): [number, ExpectedRecord[]] => [minute * minuteMs, [active]]),
    ])
  assert.equal(judgeDomain(facts(gone(1, 20, 40), verified), hourMs).returnPathReady, true)
  assert.equal(judgeDomain(facts(gone(1, 30, 61), verified), 2 * hourMs).returnPathReady, false)
})

test('what the database remembers of a loss verifies nothing that vault had not signed', () => {
  const found = looksAt([
    [0, expected],
    [1, []],
  ])
  assert.equal(found[recordName(active)]?.status, 'temporary_failure')
  assert.deepEqual(judgeDomain(facts(found), 2), { status: 'pending', returnPathReady: false })
})

test('a verified domain whose key is gone has failed, however new it is', () => {
  assert.equal(judgeDomain(facts(looksAt([[0, []]]), verified), 1).status, 'failed')
})

for (const [title, found, change, nowMs, wait] of [
  ['a new one in two minutes', looksAt([[0, []]]), { status: 'pending' }, 0, 2 * minuteMs],
  ['after a quarter of its age', looksAt([[0, []]]), { status: 'pending' }, 4 * hourMs, hourMs],
  ['at least every three hours', looksAt([[0, []]]), { status: 'pending' }, dayMs, 3 * hourMs],
  ['a verified one four times a day', looksAt([[0, expected]]), {}, dayMs, 6 * hourMs],
  ['one that failed daily', looksAt([[0, []]]), { status: 'failed' }, 5 * dayMs, dayMs],
  ['and not after a month', looksAt([[0, []]]), { status: 'failed' }, 31 * dayMs, null],
  [
    'soon when nobody answered',
    looksAt([[0, expected]]),
    { isUnanswered: true },
    dayMs,
    2 * minuteMs,
  ],
] as const) {
  test(`a domain is looked at again: ${title}`, () => {
    const domainNow = {
      ...facts(found),
      status: 'verified',
      isUnanswered: false,
      ...change,
    } as const
    const at = nextLookAt(domainNow, { nowMs, random: 0.5 })
    assert.equal(at === null ? null : at - nowMs, wait)
  })
}

test('a loss is looked at often, and a domain that lost its key for a month from then', () => {
  const losing = looksAt([
    [0, expected],
    [dayMs, []],
  ])
  const now = { ...facts(losing, verified), status: 'verified', isUnanswered: false } as const
  assert.equal(nextLookAt(now, { nowMs: dayMs, random: 0.5 }), dayMs + 20 * minuteMs)
  const at = 100 * dayMs
  const lost = looksAt([
    [0, expected],
    [at, []],
    [at + hourMs, []],
    [at + 30 * hourMs, []],
  ])
  const failed = { ...facts(lost, verified), status: 'failed', isUnanswered: false } as const
  assert.equal(nextLookAt(failed, { nowMs: at + 2 * dayMs, random: 0.5 }), at + 3 * dayMs)
  assert.equal(nextLookAt(failed, { nowMs: at + 31 * dayMs, random: 0.5 }), null)
})
