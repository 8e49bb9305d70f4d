import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../lib/refusal.ts'
import { readRawDraft } from './raw-draft.ts'

const nowMs = Date.parse('2026-03-01T10:00:00Z')

function read(lines: string[], recipients?: string[]) {
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n`)
  const { draft, idempotencyKey } = readRawDraft(
    recipients ? { bytes, recipients } : { bytes },
    nowMs,
  )
  assert.ok('raw' in draft.content)
  return { draft, idempotencyKey, raw: draft.content.raw.toString() }
}

function refusalOf(lines: string[], recipients?: string[]): Refusal {
  try {
    read(lines, recipients)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  return assert.fail('the message is taken')
}

const whole = [
  'Date: Sun, 1 Mar 2026 09:00:00 +0000',
  'From: =?utf-8?Q?J=C3=BCrgen?= <jo@Example.com>',
  'To: "Doe, Jane" <jane@example.net>, bob@example.net',
  'Cc: carl@example.net',
  'Message-ID: <1@example.com>',
  'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
]

test('a whole message keeps every byte, and its envelope is read from its header', () => {
  const { draft, raw, idempotencyKey } = read([...whole, '', 'Hello', '.'])
  assert.equal(raw, `${[...whole, '', 'Hello', '.'].join('\r\n')}\r\n`)
  assert.deepEqual(draft.envelope, {
    from: '=?utf-8?Q?J=C3=BCrgen?= <jo@example.com>',
    fromDomain: 'example.com',
    to: ['"Doe, Jane" <jane@example.net>', 'bob@example.net'],
    cc: ['carl@example.net'],
    bcc: [],
    replyTo: [],
    subject: 'Grüße',
    headers: {},
    tags: [],
    recipients: ['jane@example.net', 'bob@example.net', 'carl@example.net'],
    messageId: '<1@example.com>',
  })
  assert.equal(draft.stream, 'transactional')
  assert.equal(idempotencyKey, null)
})

test('Bcc names recipients and is not passed on, nor are Return-Path and the control headers', () => {
  const { draft, raw, idempotencyKey } = read([
    'Return-Path: <x@example.com>',
    ...whole,
    'bcc: dora@example.net,',
    ' JANE@example.net',
    'Resent-Bcc: e@example.net',
    'Resend-Idempotency-Key: order-1',
    'X-Postern-Stream: bulk',
    'X-postern-other: 1',
    'X-Other: 1',
    '',
    'Bcc: in the body stays',
  ])
  assert.equal(raw, `${[...whole, 'X-Other: 1', '', 'Bcc: in the body stays'].join('\r\n')}\r\n`)
  assert.deepEqual(draft.envelope.bcc, ['dora@example.net'])
  assert.equal(draft.envelope.recipients.length, 4)
  assert.equal(draft.stream, 'bulk')
  assert.equal(idempotencyKey, 'order-1')
})

test('recipients that the door knows win over the header, which then need not be readable', () => {
  const { draft } = read(
    [...whole.slice(0, 2), 'To: undisclosed-recipients:;', ...whole.slice(3), '', 'Hello'],
    ['zoe@example.net', 'Zoe@example.net', 'carl@example.net'],
  )
  assert.deepEqual(draft.envelope.recipients, ['zoe@example.net', 'carl@example.net'])
  assert.deepEqual(draft.envelope.to, [])
  assert.deepEqual(draft.envelope.bcc, ['zoe@example.net'])
})

test('a missing Message-ID and Date are written, and a Message-ID that is none is replaced', () => {
  for (const own of [[], ['Message-ID: none']]) {
    const { draft, raw } = read(['From: jo@example.com', 'To: a@example.net', ...own, '', 'x'])
    const [first, second, third] = raw.split('\r\n')
    assert.match(first!, /^Message-ID: <[0-9a-f-]{36}@example\.com>$/)
    assert.equal(first, `Message-ID: ${draft.envelope.messageId}`)
    assert.equal(second, 'Date: Sun, 01 Mar 2026 10:00:00 +0000')
    assert.equal(third, 'From: jo@example.com')
    assert.doesNotMatch(raw, /none/)
  }
})

test('what a list sends waits in the bulk queue', () => {
  const { draft } = read([...whole, 'List-Unsubscribe: <https://example.com/u>', '', 'x'])
  assert.equal(draft.stream, 'bulk')
})

test('an urgent message has one recipient, and only known queues can be chosen', () => {
  const one = ['From: jo@example.com', 'To: a@example.net']
  assert.equal(read([...one, 'X-Postern-Stream: Urgent', '', 'x']).draft.stream, 'urgent')
  assert.match(
    refusalOf([...whole, 'X-Postern-Stream: urgent', '', 'x']).message,
    /has one recipient/,
  )
  assert.match(refusalOf([...one, 'X-Postern-Stream: fast', '', 'x']).message, /must be urgent/)
})

test('a refusal names the header or the line, and quotes nothing of the message', () => {
  const cases: [lines: string[], recipients: string[] | undefined, says: RegExp][] = [
    [
      ['From: a@example.com, b@example.com', 'To: c@example.net', '', 'x'],
      undefined,
      /exactly one/,
    ],
    [['From: secret@example.com', '', 'x'], undefined, /no recipient/],
    [['From: secret@example.com', 'To: secret (x', '', 'x'], undefined, /To header is not a list/],
    [['From: secret@example.com', '', 'x'], ['secret'], /recipient is not an address/],
    [['From: secret', '', 'x'], ['a@example.net'], /Line 1 has a From/],
    [['To: secret@example.net', '', 'x'], undefined, /without From/],
    [['From: secret@example.com', '', 'x\ny'], ['a@example.net'], /line feed without/],
  ]
  for (const [lines, recipients, says] of cases) {
    const { message } = refusalOf(lines, recipients)
    assert.match(message, says)
    assert.doesNotMatch(message, /secret/)
  }
  const many = Array.from({ length: 101 }, (_, n) => `a${n}@example.net`)
  assert.match(refusalOf([...whole, '', 'x'], many).message, /at most 100 recipients/)
})

test('a subject is shown without what would break a line, and not at any length', () => {
  const long = Array.from({ length: 60 }, () => ` ${'x'.repeat(60)}`)
  const folded = [...whole.slice(0, 5), 'Subject: =?utf-8?Q?a=0Ab?=', ...long, '', 'x']
  const { subject } = read(folded).draft.envelope
  assert.equal(subject.length, 2_000)
  assert.match(subject, /^a b x+/)
})
