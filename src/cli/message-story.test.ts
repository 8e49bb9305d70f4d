import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperatorMessage } from '../core/operations/queries.ts'
import { messageBody, tellOperator } from './message-story.ts'

const at = Date.parse('2026-03-01T12:00:00Z')
const tried = {
  number: 1,
  at,
  outcome: 'deferred' as const,
  host: 'mx1.example.org',
  tls: 'TLSv1.3',
  selector: 'postern1',
  replyCode: 451,
  enhancedCode: '4.7.1',
  durationMs: 80,
  conversationSealed: 'c2VhbGVk',
}

const message: OperatorMessage = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  accountId: '01890a5d-ac96-774b-bcce-b302099a8058',
  createdAt: new Date(at),
  expiresAt: new Date(at + 86_400_000),
  stream: 'transactional',
  sizeBytes: 2048,
  keyVersion: 1,
  deliveries: [
    { n: 0, state: 'queued', attempts: 1, dueAt: at + 60_000, holds: [], tries: [tried] },
    { n: 1, state: 'suppressed', attempts: 0, dueAt: at, holds: [], tries: [] },
  ],
  events: [
    { kind: 'accepted', n: null, at },
    { kind: 'suppressed', n: 1, at },
  ],
}

test('the story says what was tried where, what they answered and what comes next', () => {
  const story = tellOperator(message)
  assert.match(story, /accepted for 2 recipients: 2\.0 KiB, transactional/)
  assert.match(
    story,
    /try 1 at mx1\.example\.org over TLSv1\.3, signed with postern1: they answered 451 4\.7\.1, deferred/,
  )
  assert.match(story, /next try at 2026-03-01 12:01:00 UTC, given up after 2026-03-02/)
  assert.match(story, /Recipient 1: suppressed, 0 attempts\n.*not tried: the address is suppressed/)
})

test('what is held says by whom, and not when it goes on', () => {
  const [first] = message.deliveries
  const held = { ...first!, holds: ['key', 'operator'] }
  const story = tellOperator({ ...message, deliveries: [held] })
  assert.match(story, /held by key and operator: waits for a release/)
  assert.doesNotMatch(story, /next try/)
})

test('an unreachable host has neither TLS nor a reply', () => {
  const one = { ...tried, outcome: 'unreachable' as const, tls: null, replyCode: null }
  const [first] = message.deliveries
  const story = tellOperator({ ...message, deliveries: [{ ...first!, tries: [one] }] })
  assert.match(story, /try 1 at mx1\.example\.org: it could not be reached/)
})

test('what is sealed is in neither form', () => {
  assert.ok(!tellOperator(message).includes(tried.conversationSealed))
  assert.ok(!JSON.stringify(messageBody(message)).includes(tried.conversationSealed))
})

test('what a remote host is called cannot steer the terminal', () => {
  const one = { ...tried, host: 'mx\u001b[2J' }
  const [first] = message.deliveries
  const story = tellOperator({ ...message, deliveries: [{ ...first!, tries: [one] }] })
  assert.ok(!story.includes('\u001b'))
})
