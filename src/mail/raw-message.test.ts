import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeaderInjection } from './headers.ts'
import { type RawFaultReason, RawMessageFault } from './raw-fault.ts'
import { fieldValue, fieldValues, readRawMessage, rewriteRawMessage } from './raw-message.ts'

const from = 'From: a@example.com\r\n'

function faultOf(bytes: Buffer): RawMessageFault | undefined {
  try {
    readRawMessage(bytes)
    return undefined
  } catch (error) {
    if (error instanceof RawMessageFault) return error
    throw error
  }
}

test('fields are told apart with their exact bytes and lines, up to the empty line', () => {
  const text = `${from}Subject: one\r\n\ttwo \r\n three\r\nX:\r\n\r\nbody: no\r\n\r\nmore\r\n`
  const raw = readRawMessage(Buffer.from(text))
  assert.deepEqual(
    raw.fields.map((field) => [field.name, fieldValue(field), field.bytes.toString(), field.line]),
    [
      ['From', 'a@example.com', from, 1],
      ['Subject', 'one\ttwo  three', 'Subject: one\r\n\ttwo \r\n three\r\n', 2],
      ['X', '', 'X:\r\n', 5],
    ],
  )
  assert.equal(raw.bytes.toString('utf8', raw.bodyOffset), 'body: no\r\n\r\nmore\r\n')
})

test('the values of a name come in the order of the message, whatever its case', () => {
  const raw = readRawMessage(Buffer.from(`Received: 1\r\n${from}RECEIVED:\r\n 2\r\n\r\n`))
  assert.deepEqual(fieldValues(raw, 'received'), ['1', '2'])
  assert.deepEqual(fieldValues(raw, 'Bcc'), [])
})

test('what is beyond ASCII is noticed in the header and in the body apart', () => {
  const flagsOf = (text: string) => {
    const { hasUtf8Header, hasEightBitBody } = readRawMessage(Buffer.from(text))
    return [hasUtf8Header, hasEightBitBody]
  }
  assert.deepEqual(flagsOf(`${from}\r\nplain\r\n`), [false, false])
  assert.deepEqual(flagsOf(`${from}Subject: é\r\n\r\nplain\r\n`), [true, false])
  assert.deepEqual(flagsOf(`${from}\r\né\r\n`), [false, true])
  assert.deepEqual(flagsOf(`${from}\r\n`), [false, false])
})

const faults: [text: string, reason: RawFaultReason, line: number][] = [
  [`${from}\r\na\r\nb\nc\r\n`, 'bare_lf', 4],
  [`${from}Subject: a\nBcc: b\r\n\r\n`, 'bare_lf', 2],
  ['\nFrom: a@example.com\r\n\r\n', 'bare_lf', 1],
  [`${from}\r\na\rb\r\n`, 'bare_cr', 3],
  [`${from}\r\na\r\r\n`, 'bare_cr', 3],
  [`${from}\r\na\r`, 'bare_cr', 3],
  [`${from}\r\na\r\nb\0\r\n`, 'nul', 4],
  [`${from}X: \0\r\n\r\n`, 'nul', 2],
  [`${from}\r\n${'x'.repeat(998)}\r\n${'x'.repeat(999)}\r\n`, 'line_too_long', 4],
  [`${from}X: ${'x'.repeat(996)}\r\n\r\n`, 'line_too_long', 2],
  [`${from}\r\na`, 'unended_line', 3],
  ['', 'no_separator', 1],
  [from, 'no_separator', 1],
  [`${from}Subject: a\r\n b\r\n`, 'no_separator', 3],
  [`${from}${`X: ${'x'.repeat(990)}\r\n`.repeat(300)}\r\n`, 'header_too_large', 265],
  [`${from}X: x\r\n${` ${'x'.repeat(990)}\r\n`.repeat(300)}\r\n`, 'header_too_large', 2],
  [`${from}${numbered(1_000)}\r\n`, 'too_many_fields', 1_001],
  [`${from}X-Name: caf\r\n\r\n`.replace('caf', 'caf\u00e9'), 'not_utf8', 2],
  [`${from}no colon\r\n\r\n`, 'no_colon', 2],
  [`${from}no colon\r\n but: here\r\n\r\n`, 'no_colon', 2],
  [` a: b\r\n${from}\r\n`, 'bad_name', 1],
  [`${from}A : b\r\n\r\n`, 'bad_name', 2],
  [`${from}: b\r\n\r\n`, 'bad_name', 2],
  [`${from}Subject: a\r\n b\r\n \t\r\n\r\n`, 'blank_fold', 4],
  [`${from}FROM: b@example.com\r\n\r\n`, 'repeated_field', 2],
  [`${from}To: b@x.test\r\nX: x\r\nto: c@x.test\r\n\r\n`, 'repeated_field', 4],
  [`${from}${'X: x\r\n'.repeat(51)}\r\n`, 'repeated_field', 52],
  ['\r\n', 'no_from', 1],
  ['Subject: From: x\r\n\r\nFrom: a@example.com\r\n', 'no_from', 2],
]

function numbered(count: number): string {
  return Array.from({ length: count }, (_, n) => `X-${n}: x\r\n`).join('')
}

test('what two hosts could read differently is refused with its reason, its line and the fix', () => {
  for (const [text, reason, line] of faults) {
    const bytes = Buffer.from(text, reason === 'not_utf8' ? 'latin1' : 'utf8')
    const fault = faultOf(bytes)
    const shown = JSON.stringify(text.slice(0, 60))
    assert.deepEqual([fault?.reason, fault?.line], [reason, line], shown)
    assert.match(fault?.message ?? '', new RegExp(`^Line ${line} [a-z].*[;,] .*\\.$`), shown)
  }
})

test('each field that RFC 5322 has once, and each that tells readers how to read, stands once', () => {
  const names = 'From Sender Reply-To To Cc Subject Date Message-ID In-Reply-To References'
  for (const name of [...names.split(' '), 'Content-Type', 'Content-Transfer-Encoding']) {
    const field = `${name}: a@example.com\r\n`
    const sender = name === 'From' ? '' : from
    assert.equal(faultOf(Buffer.from(`${sender}${field}\r\n`)), undefined, name)
    const twice = `${sender}${field}${field.toUpperCase()}\r\n`
    assert.equal(faultOf(Buffer.from(twice))?.reason, 'repeated_field', name)
  }
  assert.equal(faultOf(Buffer.from(`${from}${'Received: x\r\n'.repeat(50)}\r\n`)), undefined)
})

const lineText = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '\t', ':', 'é', '.'),
  maxLength: 12,
})
const extraField = fc
  .tuple(
    fc.constantFrom('X-A', 'x-a', 'X-B', 'Received', 'BCC'),
    lineText,
    fc.array(
      lineText.map((text) => `\r\n ${text}z`),
      { maxLength: 2 },
    ),
  )
  .map(([name, first, folds]) => `${name}:${first}${folds.join('')}\r\n`)
const message = fc.record({
  before: fc.array(extraField, { maxLength: 5 }),
  after: fc.array(extraField, { maxLength: 5 }),
  body: fc.array(lineText.map((text) => `${text}\r\n`)).map((lines) => lines.join('')),
})

test('taking a message apart loses no byte of it', () => {
  fc.assert(
    fc.property(message, ({ before, after, body }) => {
      const written = [...before, from, ...after]
      const raw = readRawMessage(Buffer.from(`${written.join('')}\r\n${body}`))
      assert.deepEqual(
        raw.fields.map(({ bytes }) => bytes.toString()),
        written,
      )
      assert.equal(raw.bytes.toString('utf8', raw.bodyOffset), body)
    }),
  )
})

test('rewriting changes the named fields and not one other byte', () => {
  fc.assert(
    fc.property(message, ({ before, after, body }) => {
      const raw = readRawMessage(Buffer.from(`${[...before, from, ...after].join('')}\r\n${body}`))
      const prepend: [string, string][] = [
        ['Received', 'from a\r\n\tby b'],
        ['DKIM-Signature', 'x'],
      ]
      const rewritten = rewriteRawMessage(raw, { remove: ['bcc', 'X-A'], prepend })
      const isLeft = (field: string) => !/^(bcc|x-a):/i.test(field)
      const expected = [
        'Received: from a\r\n\tby b\r\nDKIM-Signature: x\r\n',
        ...[...before, from, ...after].filter(isLeft),
        `\r\n${body}`,
      ]
      assert.equal(rewritten.toString(), expected.join(''))
      assert.deepEqual(rewriteRawMessage(raw, {}), raw.bytes)
    }),
  )
})

test('a field that would end early or begin another is never added', () => {
  const raw = readRawMessage(Buffer.from(`${from}\r\n`))
  const bad: [string, string][] = [
    ['X', 'a\r\nBcc: b'],
    ['X', 'a\r\n'],
    ['X', 'a\r\n \r\n b'],
    ['X', 'a\nb'],
    ['X', 'a\0'],
    ['X: y', 'a'],
    ['', 'a'],
  ]
  for (const header of bad) {
    assert.throws(() => rewriteRawMessage(raw, { prepend: [header] }), HeaderInjection)
  }
})

test('no bytes make the reader throw anything but a fault', () => {
  const near = fc.string({
    unit: fc.constantFrom('From:', 'a', ':', ' ', '\t', '\r\n', '\r', '\n', 'é', '\0'),
  })
  fc.assert(
    fc.property(near, (text) => {
      const bytes = Buffer.from(text)
      if (faultOf(bytes)) return
      const raw = readRawMessage(bytes)
      assert.deepEqual(rewriteRawMessage(raw, {}), bytes)
      assert.equal(bytes.toString('utf8', raw.bodyOffset - 2, raw.bodyOffset), '\r\n')
    }),
    { numRuns: 2_000 },
  )
})

test('a message of megabytes of one-letter lines or one-blank folds is read in one pass', () => {
  const short = Buffer.alloc(8 * 1024 * 1024, 'x\r\n\r\n\r\n')
  const body = short.subarray(0, short.lastIndexOf('\n') + 1)
  assert.equal(faultOf(Buffer.concat([Buffer.from(`${from}\r\n`), body])), undefined)
  const folds = `${from}X: x\r\n${' x\r\n'.repeat(60_000)}\r\n`
  assert.equal(fieldValues(readRawMessage(Buffer.from(folds)), 'x')[0]?.length, 120_001)
})
