import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery, DeliveryTry, Message } from './read-message.ts'
import { lastEvent, type Standing, tellStory } from './story.ts'

const acceptedAt = Date.parse('2026-03-01T10:00:00Z')

const deferredTry: DeliveryTry = {
  number: 1,
  at: acceptedAt + 1_000,
  outcome: 'deferred',
  host: 'mx.example.net',
  tls: 'TLSv1.3',
  selector: 'postern1',
  replyCode: 451,
  enhancedCode: '4.7.1',
  durationMs: 12,
  said: { reply: ['4.7.1 come back later'] },
}

function message(deliveries: Delivery[], events: Message['events'] = []): Message {
  return {
    id: '0190a0a0-0000-7000-8000-000000000001',
    createdAt: new Date(acceptedAt),
    scheduledAt: null,
    expiresAt: new Date(acceptedAt + 86_400_000),
    stream: 'transactional',
    sizeBytes: 2_048,
    keyVersion: 1,
    envelope: {
      from: 'shop@example.com',
      fromDomain: 'example.com',
      to: ['a@example.net'],
      cc: [],
      bcc: [],
      replyTo: [],
      subject: 'Hello',
      headers: {},
      tags: [],
      recipients: ['a@example.net'],
    },
    content: { html: null, text: 'hi' },
    original: null,
    isContentGone: false,
    attachmentFailure: null,
    deliveries,
    events,
  }
}

test('a deferred delivery tells who said what over which TLS, and when it is tried next', () => {
  const dueAt = acceptedAt + 60_000
  const story = tellStory(
    message([
      {
        n: 0,
        state: 'queued',
        attempts: 1,
        dueAt,
        holds: [],
        recipient: 'a@example.net',
        tries: [deferredTry],
      },
    ]),
  )
  assert.deepEqual(
    story.map((line) => line.event),
    ['accepted', 'sealed', 'signed', 'tried', 'next_try'],
  )
  assert.match(story[2]!.text, /example\.com, selector postern1/)
  assert.match(story[3]!.text, /mx\.example\.net over TLSv1\.3; they said "451 4\.7\.1 come back/)
  assert.match(story[4]!.text, /2026-03-01T10:01:00\.000Z/)
})

test('a suppressed recipient is told as not tried', () => {
  const story = tellStory(
    message(
      [
        {
          n: 0,
          state: 'suppressed',
          attempts: 0,
          dueAt: acceptedAt,
          holds: [],
          recipient: 'a@example.net',
          tries: [],
        },
      ],
      [{ kind: 'suppressed', n: 0, at: acceptedAt }],
    ),
  )
  assert.equal(story.at(-1)?.text, 'a@example.net: not tried, since the address is suppressed.')
})

test('a host that was not reached is told without a reply of its own', () => {
  const unreachable: DeliveryTry = { ...deferredTry, outcome: 'unreachable', said: null }
  const delivery: Delivery = {
    n: 0,
    state: 'queued',
    attempts: 1,
    dueAt: acceptedAt,
    holds: [],
    recipient: 'a@example.net',
    tries: [unreachable],
  }
  const line = tellStory(message([delivery])).find(({ event }) => event === 'tried')
  assert.equal(line?.text, 'a@example.net: tried mx.example.net; it could not be reached.')
})

test('what was not offered is told with our own reason', () => {
  const withheld: DeliveryTry = {
    ...deferredTry,
    tls: null,
    replyCode: null,
    enhancedCode: null,
    said: { reply: ['its domain demands TLS, and there is none'] },
  }
  const delivery: Delivery = {
    n: 0,
    state: 'queued',
    attempts: 1,
    dueAt: acceptedAt,
    holds: [],
    recipient: 'a@example.net',
    tries: [withheld],
  }
  const line = tellStory(message([delivery])).find(({ event }) => event === 'tried')
  assert.equal(
    line?.text,
    'a@example.net: not offered to any host: its domain demands TLS, and there is none.',
  )
})

test('the last event of a message names what went wrong before what is open before what went well', () => {
  const usual = { isDeferred: false, isScheduled: false, lacksAttachment: false }
  const word = (states: Standing['states'], changes: Partial<Standing> = {}) =>
    lastEvent({ states, ...usual, ...changes })
  assert.equal(word(['delivered', 'bounced', 'queued']), 'bounced')
  assert.equal(word(['delivered', 'expired']), 'failed')
  assert.equal(word(['delivered', 'queued'], { isDeferred: true }), 'delivery_delayed')
  assert.equal(word(['attempting']), 'queued')
  assert.equal(word(['queued', 'suppressed'], { isScheduled: true }), 'scheduled')
  assert.equal(word(['cancelled'], { isScheduled: true }), 'canceled')
  assert.equal(word(['delivered', 'suppressed']), 'delivered')
  assert.equal(word(['suppressed']), 'suppressed')
  assert.equal(word(['cancelled']), 'canceled')
  assert.equal(word(['cancelled'], { lacksAttachment: true }), 'failed')
})

test('a schedule is told with its present time, and that an earlier one was changed', () => {
  const told = tellStory({
    ...message(
      [],
      [
        { kind: 'scheduled', n: null, at: acceptedAt },
        { kind: 'rescheduled', n: null, at: acceptedAt + 1_000 },
      ],
    ),
    scheduledAt: new Date(acceptedAt + 3_600_000),
  })
  assert.deepEqual(
    told.slice(2).map(({ text }) => text),
    [
      'Scheduled for a time that was changed afterwards.',
      'Scheduled anew for 2026-03-01T11:00:00.000Z.',
    ],
  )
})

test('what is held says who holds it, and a release and another try are told', () => {
  const held = (holds: Delivery['holds']): Delivery => ({
    n: 0,
    state: 'queued',
    attempts: 0,
    dueAt: acceptedAt,
    holds,
    recipient: 'a@example.net',
    tries: [],
  })
  const lastLine = (holds: Delivery['holds']) => tellStory(message([held(holds)])).at(-1)?.text
  assert.equal(lastLine(['key', 'attachments']), 'a@example.net: held until it is released.')
  assert.equal(lastLine(['key', 'operator']), 'a@example.net: held by the operator.')
  assert.match(lastLine(['attachments'])!, /waits for its attachments to be fetched/)
  const told = tellStory(
    message(
      [held([])],
      [
        { kind: 'held', n: null, at: acceptedAt },
        { kind: 'released', n: null, at: acceptedAt + 1 },
        { kind: 'requeued', n: 0, at: acceptedAt + 2 },
      ],
    ),
  )
  assert.deepEqual(
    told.slice(2, 5).map(({ event }) => event),
    ['held', 'released', 'requeued'],
  )
})

test('an attachment that could not be fetched is told with its reason', () => {
  const failed = message([], [{ kind: 'attachment_failed', n: null, at: acceptedAt }])
  const line = tellStory({ ...failed, attachmentFailure: 'not_public' }).at(-1)
  assert.match(line!.text, /nothing is sent: its address leads into a private or special network\./)
})

test('a discarded content is told last of what has happened', () => {
  const line = tellStory({ ...message([]), isContentGone: true }).at(-1)
  assert.equal(line?.event, 'discarded')
})
