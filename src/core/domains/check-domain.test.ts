import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareRecords, judgeDomain, type RecordAnswer } from './check-domain.ts'
import { type ExpectedRecord, expectedRecords, recordName } from './records.ts'

const domain = {
  id: '01980000-0000-7000-8000-000000000001',
  name: 'example.com',
  returnPath: 'send',
  selectors: [
    { selector: 'p1', publicKey: Buffer.from('first key') },
    { selector: 'p2', publicKey: Buffer.from('second key') },
  ],
}
const expected = expectedRecords(domain, 'mail.postern.test')
const dkim = expected.find(({ record }) => record === 'DKIM')!
const mx = expected.find(({ type }) => type === 'MX')!
const spf = expected.find(({ record, type }) => record === 'SPF' && type === 'TXT')!
const key = dkim.value.replace('p=', '')

for (const [record, values, isRight, rule] of [
  [dkim, [`p=${key}`], true, 'the bare key'],
  [dkim, [`v=DKIM1; k=rsa; p=${key}`], true, 'the key with the tags that are the default'],
  [dkim, [`k=rsa;p=${key.slice(0, 5)} ${key.slice(5)};v=DKIM1;`], true, 'blanks and another order'],
  [dkim, ['something else', `p=${key}`], true, 'another text beside it'],
  [dkim, [`p=${key.toLowerCase()}`], false, 'a key in other case'],
  [dkim, [`p=${key}A`], false, 'a longer key'],
  [dkim, ['p='], false, 'a revoked key'],
  [dkim, [`k=ed25519; p=${key}`], false, 'another kind of key'],
  [dkim, [`t=y; p=${key}`], false, 'a key in testing'],
  [dkim, [`h=sha1; p=${key}`], false, 'another hash'],
  [mx, ['Mail.Postern.test.'], true, 'the host in other case with its dot'],
  [mx, ['mx.other.test'], false, 'another host'],
  [spf, [spf.value], true, 'the policy as given'],
  [spf, [`v=spf1 ip4:192.0.2.1 +include:_SPF.mail.postern.test -all`], true, 'more senders'],
  [spf, ['v=spf1 -all'], false, 'a policy without us'],
  [spf, [`v=spf1 -all include:_spf.mail.postern.test`], false, 'us behind all'],
  [spf, [spf.value, 'v=spf1 -all'], false, 'two policies'],
] as const) {
  test(`${record.record} ${record.type}: ${rule} is ${isRight ? 'right' : 'wrong'}`, () => {
    const found = compareRecords([record], [{ kind: 'found', values: [...values] }], {})
    assert.equal(found[recordName(record)], isRight ? 'verified' : 'failed')
  })
}

test('what no server could say stays as it was known', () => {
  const before = { [recordName(dkim)]: 'verified' } as const
  const answers: RecordAnswer[] = expected.map(() => ({ kind: 'unanswered' }))
  assert.deepEqual(compareRecords(expected, answers, before), before)
})

test('a domain is verified by its active key alone', () => {
  assert.deepEqual(judge([dkim]), { status: 'verified', returnPathReady: false })
  const standby = expected.filter((record) => record.record === 'DKIM' && record !== dkim)
  assert.deepEqual(judge(standby), { status: 'pending', returnPathReady: false })
})

test('the return path takes both its records, under the name that deliver uses', () => {
  assert.equal(judge([dkim, mx]).returnPathReady, false)
  assert.equal(judge([dkim, mx, spf]).returnPathReady, true)
  assert.equal(judge([dkim, mx, spf], { returnPath: 'bounces' }).returnPathReady, false)
})

test('records that are missing after three days have failed', () => {
  const day = 24 * 60 * 60_000
  assert.equal(judge([], {}, 2 * day).status, 'pending')
  assert.equal(judge([], {}, 4 * day).status, 'failed')
})

function judge(right: readonly ExpectedRecord[], change: { returnPath?: string } = {}, nowMs = 0) {
  const answers = expected.map((record): RecordAnswer => {
    return right.includes(record) ? { kind: 'found', values: [record.value] } : { kind: 'absent' }
  })
  const found = compareRecords(expected, answers, {})
  const state = { activeSelector: 'p1' }
  return judgeDomain(
    { name: domain.name, returnPath: 'send', createdAtMs: 0, state, expected, found, ...change },
    nowMs,
  )
}
