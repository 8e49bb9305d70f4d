import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressGroup, Failures, isLoopback } from './failures.ts'

test('an IPv4 address is counted alone, an IPv6 address with its /64', () => {
  assert.equal(addressGroup('192.0.2.7'), '192.0.2.7')
  assert.equal(addressGroup('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(addressGroup('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(addressGroup('2001:db8:1:2::9'), '2001:db8:1:2::/64')
  assert.equal(addressGroup('2001:db8::9'), '2001:db8:0:0::/64')
  assert.equal(addressGroup('fe80::1%eth0'), 'fe80:0:0:0::/64')
  assert.equal(addressGroup('::1'), '0:0:0:0::/64')
})

test('loopback is 127.0.0.0/8 and ::1, and nothing that only looks like it', () => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    assert.ok(isLoopback(address), address)
  }
  for (const address of ['128.0.0.1', '::2', '1127.0.0.1', '::ffff:10.127.0.1']) {
    assert.ok(!isLoopback(address), address)
  }
})

test('failures of an address count within a window and are forgotten with it', () => {
  const clock = { ms: 60_000, now: () => clock.ms }
  const failures = new Failures(clock, { max: 2, windowMs: 60_000 })
  failures.note('a')
  assert.ok(!failures.isFull('a'))
  failures.note('a')
  assert.ok(failures.isFull('a'))
  assert.ok(!failures.isFull('b'))
  clock.ms += 60_000
  assert.ok(!failures.isFull('a'))
})
