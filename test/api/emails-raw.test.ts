import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Answer, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

const lines = [
  'From: Shop <shop@postern.localhost>',
  'To: Ann <ann@example.net>',
  'Bcc: bea@example.net',
  'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Hello',
]
const message = (changed: string[] = lines) => `${changed.join('\r\n')}\r\n`

function post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  return api.call('POST', '/emails/raw', {
    body,
    headers: { 'content-type': 'message/rfc822', ...headers },
  })
}

async function read(id: string): Promise<Answer['body']> {
  return (await api.call('GET', `/emails/${id}`)).body
}

test('a whole message is sent to whom it names, and can be read back', async () => {
  const { status, body } = await post(message())
  assert.equal(status, 200, JSON.stringify(body))
  const sent = await read(body.id)
  assert.deepEqual(
    [sent.from, sent.to, sent.bcc, sent.subject, sent.text],
    [
      'Shop <shop@postern.localhost>',
      ['Ann <ann@example.net>'],
      ['bea@example.net'],
      'Grüße',
      'Hello\n',
    ],
  )
  assert.match(sent.message_id, /^<[0-9a-f-]{36}@postern\.localhost>$/)
  assert.deepEqual(
    sent.deliveries.map(({ recipient }: { recipient: string }) => recipient),
    ['ann@example.net', 'bea@example.net'],
  )
})

test('the header Postern-Recipients says who gets it instead', async () => {
  const { body } = await post(message(), {
    'postern-recipients': 'Carl <carl@example.net>, dora@example.net',
  })
  const sent = await read(body.id)
  assert.deepEqual(
    sent.deliveries.map(({ recipient }: { recipient: string }) => recipient),
    ['carl@example.net', 'dora@example.net'],
  )
})

test('an Idempotency-Key counts in the request and in the message', async () => {
  const inMessage = message(['Resend-Idempotency-Key: raw-1', ...lines])
  const first = await post(inMessage)
  assert.equal(first.status, 200)
  assert.deepEqual((await post(inMessage)).body, first.body)
  const headers = { 'idempotency-key': 'raw-2' }
  const second = await post(message(), headers)
  assert.deepEqual((await post(message(), headers)).body, second.body)
  assert.notDeepEqual(second.body, first.body)
  const other = await post(message([...lines, 'more']), headers)
  assert.deepEqual([other.status, other.body.name], [409, 'invalid_idempotent_request'])
})

const refused: [title: string, call: () => Promise<Answer>, status: number, says: RegExp][] = [
  ['a bare line feed', () => post('From: a\n\nx'), 422, /cannot be taken\. Line 1/],
  ['no recipient', () => post(message([lines[0]!, ...lines.slice(3)])), 422, /no recipient/],
  [
    'a domain that is not verified',
    () => post(message(['From: a@example.com', ...lines.slice(1)])),
    403,
    /example\.com is not verified/,
  ],
  [
    'recipients that are none',
    () => post(message(), { 'postern-recipients': 'nobody' }),
    422,
    /Postern-Recipients header must be a list of addresses/,
  ],
  [
    'JSON',
    () => post('{}', { 'content-type': 'application/json' }),
    422,
    /Content-Type: message\/rfc822/,
  ],
  ['nothing', () => post(''), 422, /message/],
]
for (const [title, call, status, says] of refused) {
  test(`a raw message is refused with its reason: ${title}`, async () => {
    const answer = await call()
    assert.equal(answer.status, status, JSON.stringify(answer.body))
    assert.match(answer.body.message, says)
  })
}

test('a message in a body of another call is not read as one', async () => {
  const answer = await api.call('POST', '/emails', {
    body: message(),
    headers: { 'content-type': 'message/rfc822' },
  })
  assert.deepEqual([answer.status, answer.body.name], [400, 'validation_error'])
})
