import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../lib/refusal.ts'
import { helloReply, help, makeReply, replies, replyToRefusal, statusOf } from './replies.ts'

const line = /^[2-5]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3} )?[\x20-\x7e]*$/

test('every reply is lines of at most 510 printable bytes with a code, and its codes agree', () => {
  const hello = helloReply('mail.example.com', { isSecure: false, takesAuth: true })
  for (const reply of [...Object.values(replies), help, hello]) {
    const lines = reply.split('\r\n')
    for (const [n, one] of lines.entries()) {
      assert.match(one, line)
      assert.ok(one.length <= 510, one)
      assert.equal(one[3] === '-', n < lines.length - 1, one)
    }
    const [, code, kind] = /^(\d)\d\d[ -](?:(\d)\.)?/.exec(reply) ?? []
    if (kind !== undefined) assert.equal(kind, code, reply)
  }
})

test('a refusal’s sentence can neither end a line nor open another, whatever stands in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
      const reply = makeReply(554, '5.6.0', text)
      for (const one of reply.split('\r\n')) {
        assert.match(one, /^554[ -]5\.6\.0 [\x20-\x7e]*$/)
        assert.ok(one.length <= 510)
      }
      assert.match(reply.split('\r\n').at(-1) ?? '', /^554 /)
    }),
    { seed: 5321 },
  )
})

test('a refusal that passes with time is temporary, one that does not is permanent', () => {
  const away = new Refusal('unavailable', 'The database is away; try again.')
  assert.equal(replyToRefusal(away), '451 4.3.0 The database is away; try again.')
  const blocked = new Refusal('account_blocked', 'The account is blocked.')
  assert.equal(replyToRefusal(blocked), '550 5.7.1 The account is blocked.')
})

const statuses: [reply: string, status: number][] = [
  ['250 2.0.0 OK: queued as 1', 200],
  [replies.longLine, 422],
  [replies.tooLarge, 413],
  [replies.noRoom, 503],
  [replies.fault, 503],
  [replies.authKey, 403],
  [replyToRefusal(new Refusal('quota_exceeded', 'x')), 429],
  [replyToRefusal(new Refusal('account_blocked', 'x')), 403],
  [replyToRefusal(new Refusal('domain_not_verified', 'x '.repeat(400))), 403],
  [replyToRefusal(new Refusal('idempotency_conflict', 'x')), 422],
  [replyToRefusal(new Refusal('unavailable', 'x')), 503],
]
test('a reply is told in the log as the status of HTTP that means the same', () => {
  for (const [reply, status] of statuses) assert.equal(statusOf(reply), status, reply)
})
