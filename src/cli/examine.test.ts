import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeIssued } from './examine-certificate.ts'
import {
  examineConsole,
  examineDisk,
  examineHostname,
  examineNode,
  judgeCertificate,
  judgeSecret,
} from './examine-home.ts'
import { judgeServer, judgeUsers } from './examine-instance.ts'

const now = 1_800_000_000_000
const facts = {
  versionNumber: 180_004,
  now: new Date(now),
  daysReady: 8,
  rolesTooStrong: [],
  rolesFound: 5,
}

function levels(changed: Partial<typeof facts> | { rolesTooStrong: string[] }): string[] {
  return judgeServer({ ...facts, ...changed }, now).map(({ level }) => level)
}

test('Node below 24 is too old', () => {
  assert.equal(examineNode('22.19.0').level, 'fail')
  assert.equal(examineNode('24.21.0').level, 'ok')
})

test('a secret that others can read is a failure with the command that puts it right', () => {
  const uid = process.getuid?.() ?? 0
  assert.equal(judgeSecret('/h/root.key', { mode: 0o100600, uid }).level, 'ok')
  const open = judgeSecret('/h/root.key', { mode: 0o100640, uid })
  assert.equal(open.level, 'fail')
  assert.equal(open.fix, 'chmod 600 /h/root.key')
})

test('little room on the disk is a failure, a little more a warning', () => {
  const gib = 1024 ** 3
  const disk = (free: number) => examineDisk({ home: '/h', free, size: 100 * gib }).level
  assert.deepEqual([disk(gib / 2), disk(3 * gib), disk(50 * gib)], ['fail', 'warn', 'ok'])
})

test('a name nobody can look up will do for the local inbox only', () => {
  const hostname = 'postern.localhost'
  assert.equal(examineHostname({ hostname, route: 'inbox' }).level, 'ok')
  assert.equal(examineHostname({ hostname, route: { host: 'relay', port: 25 } }).level, 'warn')
})

test('a console that listens for others without an address of its own is told of', () => {
  const level = (bind: string, consoleUrl: string | null) =>
    examineConsole({ bind, consoleUrl }).level
  assert.equal(level('127.0.0.1', null), 'ok')
  assert.equal(level('0.0.0.0', null), 'warn')
  assert.equal(level('0.0.0.0', 'https://console.example.com'), 'ok')
})

test('a certificate that runs out is told of two weeks before', () => {
  const level = (days: number) =>
    judgeCertificate('/h/c.pem', new Date(now + days * 24 * 3600_000), now).level
  assert.deepEqual([level(-1), level(13), level(15)], ['fail', 'warn', 'ok'])
})

test('processes that share one user are told of', () => {
  assert.equal(judgeUsers(['1000', '1000', undefined]).level, 'warn')
  assert.equal(judgeUsers(['0', '70112', '70114']).level, 'ok')
})

test('a sound server has no finding; each thing that is wrong has one of its own', () => {
  assert.deepEqual(levels({}), ['ok', 'ok', 'ok', 'ok'])
  assert.deepEqual(levels({ versionNumber: 150_008 }), ['fail', 'ok', 'ok', 'ok'])
  assert.deepEqual(levels({ rolesTooStrong: ['postern_api_a'] }), ['ok', 'fail', 'ok', 'ok'])
  assert.deepEqual(levels({ rolesFound: 0 }), ['ok', 'fail', 'ok', 'ok'])
  assert.deepEqual(levels({ daysReady: 1 }), ['ok', 'ok', 'warn', 'ok'])
  assert.deepEqual(levels({ daysReady: 0 }), ['ok', 'ok', 'fail', 'ok'])
  assert.deepEqual(levels({ now: new Date(now + 5_000) }), ['ok', 'ok', 'ok', 'fail'])
})

test('of a certificate that an authority issues doctor tells its end and the last failure', () => {
  const dayMs = 24 * 3_600_000
  const facts = {
    requestedAt: new Date(now),
    dueAt: new Date(now + dayMs),
    validUntil: new Date(now + 30 * dayMs),
    ...{ failures: 0, failureCode: null, failedAt: null },
  }
  const failed = { failures: 2, failureCode: 'rate_limited', failedAt: new Date(now) }
  const level = (changes: object) => judgeIssued({ ...facts, ...changes }, now).level
  assert.equal(level({}), 'ok')
  assert.equal(level(failed), 'warn')
  assert.equal(level({ validUntil: null }), 'warn')
  assert.equal(level({ validUntil: null, ...failed }), 'fail')
  assert.equal(level({ validUntil: new Date(now - 1), ...failed }), 'fail')
  assert.equal(level({ validUntil: new Date(now - 1) }), 'fail')
  assert.equal(judgeIssued(undefined, now).level, 'warn')
  assert.match(judgeIssued({ ...facts, ...failed }, now).says, /2 failures was rate_limited \(the/)
})
