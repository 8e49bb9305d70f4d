import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { after, before, test } from 'node:test'
import { waitFor } from '../support/wait-for.ts'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

const file = { filename: 'a.txt', content: 'YQ==' }

const refused: [title: string, attachments: unknown, name: string, says: RegExp][] = [
  ['no list', 'x', 'validation_error', /`attachments` field must be a list of at most 100/],
  ['more than 100', Array(101).fill(file), 'validation_error', /at most 100/],
  ['neither content nor path', [{ filename: 'a' }], 'invalid_attachment', /attachments\[0\]/],
  ['content that is a number', [{ ...file, content: 5 }], 'validation_error', /base64/],
  [
    'no name',
    [file, { content: 'YQ==' }],
    'missing_required_field',
    /`attachments\[1\]\.filename`/,
  ],
  ['a name with a path', [{ ...file, filename: '../a' }], 'validation_error', /slash/],
  ['broken base64', [{ ...file, content: 'YQ==\n' }], 'validation_error', /without line breaks/],
  ['no media type', [{ ...file, content_type: 'pdf' }], 'validation_error', /media type/],
  ['an id with a blank', [{ ...file, content_id: 'a b' }], 'validation_error', /content_id/],
  [
    'the same id twice',
    [
      { ...file, content_id: 'a' },
      { ...file, content_id: '<a>' },
    ],
    'validation_error',
    /attachments\[1\]\.content_id.*repeats/,
  ],
]
for (const [title, attachments, name, says] of refused) {
  test(`attachments are refused by field and rule: ${title}`, async () => {
    const { status, body } = await api.call('POST', '/emails', { body: email({ attachments }) })
    assert.deepEqual([status, body.name], [422, name])
    assert.match(body.message, says)
  })
}

test('attachments up to 40 MB in base64 are taken, and not one more', async () => {
  const half = Buffer.alloc(15_000_000, 1).toString('base64')
  const attachments = [
    { filename: 'a.bin', content: half },
    { filename: 'b.bin', content: half },
  ]
  const sent = await api.call('POST', '/emails', { body: email({ attachments }) })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const more = await api.call('POST', '/emails', {
    body: email({ attachments: [...attachments, file] }),
  })
  assert.deepEqual([more.status, more.body.name], [413, 'validation_error'])
  assert.match(more.body.message, /at most 40 MB in base64/)
})

test('a call with attachments is answered the same again under its Idempotency-Key', async () => {
  const headers = { 'idempotency-key': 'with-attachment' }
  const body = email({ attachments: [file] })
  const first = await api.call('POST', '/emails', { headers, body })
  const again = await api.call('POST', '/emails', { headers, body })
  assert.equal(first.status, 200)
  assert.deepEqual(again.body, first.body)
  const rows = await api.database.query('select from postern.attachments where message_id = $1', [
    first.body.id,
  ])
  assert.equal(rows.length, 1)
})

test('an empty list of attachments is none, and null parts are as if they were not there', async () => {
  for (const attachments of [
    [],
    null,
    [{ ...file, path: null, content_type: null, content_id: null }],
  ]) {
    const { status } = await api.call('POST', '/emails', { body: email({ attachments }) })
    assert.equal(status, 200)
  }
})

test('beyond the bytes that may be in flight an account is told to come again before its body is read', async () => {
  const { port } = new URL(api.url)
  const headers = {
    authorization: `Bearer ${api.first.apiKey}`,
    'content-type': 'application/json',
    'content-length': 40_000_000,
  }
  // Two that begin and do not go on: whichever comes second is over the limit.
  const slow = [0, 1].map(() => request({ port, method: 'POST', path: '/emails', headers }))
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      for (const one of slow) {
        one.on('response', resolve)
        one.on('error', reject)
        one.write('{')
        // A server that took the body would wait for the rest of it.
        one.setTimeout(5_000, () => reject(new Error('no answer before the body')))
      }
    })
    assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [503, '2'])
    const small = await api.call('POST', '/emails', { body: email() })
    assert.equal(small.status, 200)
  } finally {
    for (const one of slow) one.destroy()
  }
  const large = email({ attachments: [{ ...file, content: 'A'.repeat(20_000_000) }] })
  await waitFor(async () => (await api.call('POST', '/emails', { body: large })).status === 200, {
    what: 'room for another body',
  })
})
