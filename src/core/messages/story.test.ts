import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery, DeliveryTry, Message } from './read-message.ts'
import { lastEvent, tellStory } from './story.ts'

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
  assert.equal(lastEvent(['delivered', 'bounced', 'queued'], false), 'bounced')
  assert.equal(lastEvent(['delivered', 'expired'], false), 'failed')
  assert.equal(lastEvent(['delivered', 'queued'], true), 'delivery_delayed')
  assert.equal(lastEvent(['attempting'], false), 'queued')
  assert.equal(lastEvent(['delivered', 'suppressed'], false), 'delivered')
  assert.equal(lastEvent(['suppressed'], false), 'suppressed')
  assert.equal(lastEvent(['cancelled'], false), 'canceled')
})
