import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type BounceReason,
  classifyReply,
  explainBounce,
  isHardBounce,
  parseReply,
} from './reply.ts'

function replyOf(text: string) {
  const reply = parseReply(text.split('\n'))
  assert.ok(reply, text)
  return reply
}

test('the lines of a reply give its code, its enhanced code and its words', () => {
  assert.deepEqual(replyOf('250 2.1.5 Ok'), { code: 250, enhanced: '2.1.5', lines: ['2.1.5 Ok'] })
  assert.deepEqual(replyOf('250'), { code: 250, enhanced: undefined, lines: [''] })
  assert.deepEqual(replyOf('250-mx.example\n250-SIZE 1\n250 PIPELINING'), {
    code: 250,
    enhanced: undefined,
    lines: ['mx.example', 'SIZE 1', 'PIPELINING'],
  })
  assert.equal(replyOf('550-5.7.1 first\n550 5.1.1 second').enhanced, '5.7.1')
})

test('an enhanced code of another class than the reply is not one', () => {
  assert.equal(replyOf('550 4.1.1 odd').enhanced, undefined)
  assert.equal(replyOf('550 5.1.1x odd').enhanced, undefined)
  assert.equal(replyOf('220 10.0.0.1 ready').enhanced, undefined)
})

test('what is not one whole reply is refused', () => {
  const texts = [
    '',
    'hello',
    '25 x',
    '150 x',
    '650 x',
    '250x',
    '250-a',
    '250 a\n250 b',
    '250-a\n251 b',
  ]
  for (const text of texts) assert.equal(parseReply(text.split('\n')), undefined, text)
  assert.equal(parseReply([]), undefined)
  assert.equal(
    parseReply(Array.from({ length: 101 }, (_, n) => (n === 100 ? '250 x' : '250-x'))),
    undefined,
  )
})

test('words are cut at a length and hold nothing that could steer a terminal', () => {
  const { lines } = replyOf(`550 \x1b[31mred\r\u2028${'x'.repeat(2_000)}`)
  assert.match(lines[0] ?? '', /^ \[31mred {2}x+$/)
  assert.equal(lines[0]?.length, 1_000)
})

test('2xx delivers, 5xx bounces, and everything else is tried again', () => {
  const meanings = [200, 250, 299, 354, 421, 450, 499, 500, 550, 599].map((code) =>
    classifyReply({ code }),
  )
  assert.deepEqual(meanings, [
    ...['delivered', 'delivered', 'delivered'],
    ...['deferred', 'deferred', 'deferred', 'deferred'],
    ...['bounced', 'bounced', 'bounced'],
  ])
})

const bounces: [text: string, reason: BounceReason][] = [
  ['550 5.1.1 The email account that you tried to reach does not exist.', 'no_such_recipient'],
  ['550 5.1.1 No such mailbox (simulated bounce)', 'no_such_recipient'],
  [
    '550 5.1.1 <spam@example.com>: Recipient address rejected: User unknown in relay recipient table',
    'no_such_recipient',
  ],
  [
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    'no_such_recipient',
  ],
  ['550 5.1.6 Recipient has moved', 'no_such_recipient'],
  ['550 5.1.0 Address rejected.', 'no_such_recipient'],
  ['550 5.5.0 Requested action not taken: mailbox unavailable', 'no_such_recipient'],
  ['550 Requested action not taken: mailbox unavailable', 'no_such_recipient'],
  ['550 No such user here', 'no_such_recipient'],
  ['551 User not local; user unknown', 'no_such_recipient'],
  ['553 Invalid recipient bob@example.com', 'no_such_recipient'],
  ['550-mx.antispam.example\n550 unknown user', 'no_such_recipient'],
  ['550 5.1.2 Host unknown', 'no_such_domain'],
  ['550 5.2.1 The email account that you tried to reach is disabled.', 'recipient_disabled'],
  ['552 5.2.2 The email account that you tried to reach is over quota', 'mailbox_full'],
  ['550 User mailbox full, quota exceeded', 'mailbox_full'],
  ['552 5.3.4 Message size exceeds fixed limit', 'message_too_large'],
  ['550 5.7.1 Message rejected as spam', 'blocked'],
  ['550 5.7.26 Unauthenticated mail from example.com is not accepted', 'blocked'],
  ['550 5.1.1 Rejected: 192.0.2.1 is listed at zen.spamhaus.example', 'blocked'],
  ['550 User unknown: your host is blacklisted', 'blocked'],
  ['554 5.7.1 <x@example.com>: Relay access denied', 'blocked'],
  ['550 5.1.0 Sender rejected', 'sender_refused'],
  ['550 5.1.8 Sender address rejected: Domain not found', 'sender_refused'],
  ['553 Sender address unknown', 'sender_refused'],
  ['550 5.2.1 Mailbox is not accepting messages', 'other'],
  ['554 Transaction failed', 'other'],
  ['554 Connection closed', 'other'],
  ['550 No', 'other'],
  ['502 5.5.1 Command not implemented', 'other'],
]

const gone = ['no_such_recipient', 'no_such_domain', 'recipient_disabled']

test('only a recipient that does not exist is a hard bounce; what is said of us is not', () => {
  for (const [text, reason] of bounces) {
    assert.equal(explainBounce(replyOf(text)), reason, text)
    assert.equal(isHardBounce(replyOf(text)), gone.includes(reason), text)
  }
})

test('a 4xx is never a hard bounce, whatever it says', () => {
  assert.equal(isHardBounce(replyOf('450 4.1.1 User unknown')), false)
  assert.equal(isHardBounce(replyOf('450 No such user')), false)
})
