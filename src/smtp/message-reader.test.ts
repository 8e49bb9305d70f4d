import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MessageReader } from './message-reader.ts'

/** Pieces that matter to the reader, so that random texts hit its cases often. */
const pieces = fc.constantFrom(
  '\r\n',
  '\r',
  '\n',
  '.',
  '..',
  '\r\n.',
  '\r\n.\r\n',
  '\0',
  'a',
  'x'.repeat(500),
  'é',
)
const texts = fc.array(pieces, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')))
const cuts = fc.array(fc.nat(), { maxLength: 12 })

function split(bytes: Buffer, at: number[]): Buffer[] {
  const places = [...new Set(at.map((n) => n % (bytes.length + 1)))].sort((a, b) => a - b)
  const ends = [...places, bytes.length]
  // Copies, since the reader may change what it is given.
  return ends.map((end, n) => Buffer.from(bytes.subarray(n === 0 ? 0 : ends[n - 1], end)))
}

interface Result {
  fault: string | undefined
  source: string | undefined
  rest: string | undefined
}

/** What the standard says, line by line over the whole text: slow and plain. */
function reference(bytes: Buffer): Result {
  const text = bytes.toString('latin1')
  const kept: string[] = []
  let fault: string | undefined
  let at = 0
  for (;;) {
    const stop = /[\r\n]/g
    stop.lastIndex = at
    const found = stop.exec(text)
    if (!found) return { fault, source: undefined, rest: undefined }
    if (found[0] === '\n') return { fault: 'bareFeed', source: undefined, rest: undefined }
    if (found.index + 1 === text.length) return { fault, source: undefined, rest: undefined }
    if (text[found.index + 1] !== '\n')
      return { fault: 'bareReturn', source: undefined, rest: undefined }
    const line = text.slice(at, found.index)
    at = found.index + 2
    if (line === '.') break
    const content = line.startsWith('.') ? line.slice(1) : line
    if (content.length > 998) fault ??= 'longLine'
    kept.push(`${content}\r\n`)
  }
  return { fault, source: kept.join(''), rest: text.slice(at) }
}

function read(parts: Buffer[]): Result {
  const reader = new MessageReader('dots')
  for (const [n, part] of parts.entries()) {
    const rest = reader.push(part)
    if (reader.isLost) return { fault: reader.fault, source: undefined, rest: undefined }
    if (rest === undefined) continue
    const more = Buffer.concat([rest, ...parts.slice(n + 1)])
    return {
      fault: reader.fault,
      source: reader.source().toString('latin1'),
      rest: more.toString('latin1'),
    }
  }
  return { fault: reader.fault, source: undefined, rest: undefined }
}

test('however a message is cut into chunks, it is read as the standard says', () => {
  fc.assert(
    fc.property(texts, cuts, (text, at) => {
      const wanted = reference(text)
      const found = read(split(text, at))
      if (text.includes(0) || wanted.source === undefined) {
        // A NUL may be seen before another fault, and the fault of a message without end before its end.
        assert.equal(found.source === undefined, wanted.source === undefined)
        assert.equal(found.rest, wanted.rest)
        return
      }
      assert.deepEqual(found, wanted)
    }),
    { numRuns: 3000, seed: 5321 },
  )
})

test('a bare CR or LF is never part of a message, wherever a chunk ends', () => {
  fc.assert(
    fc.property(texts, cuts, (text, at) => {
      const { source } = read(split(text, at))
      if (source !== undefined) assert.doesNotMatch(source, /\r(?!\n)|(?<!\r)\n/)
    }),
    { numRuns: 3000, seed: 5322 },
  )
})

test('what was stuffed for DATA comes out as it was, and the same by BDAT without stuffing', () => {
  const lines = fc.array(fc.constantFrom('', '.', '..', '.a', 'a', 'a.', 'é'), { maxLength: 20 })
  fc.assert(
    fc.property(lines, cuts, (some, at) => {
      const message = some.map((line) => `${line}\r\n`).join('')
      const stuffed = some.map((line) => `${line.startsWith('.') ? '.' : ''}${line}\r\n`).join('')
      const found = read(split(Buffer.from(`${stuffed}.\r\n`), at))
      assert.equal(Buffer.from(found.source ?? 'none', 'latin1').toString(), message)
      const chunks = new MessageReader('chunks')
      for (const part of split(Buffer.from(message), at)) chunks.push(part)
      chunks.finishChunks()
      assert.equal(chunks.source().toString(), message)
      assert.equal(chunks.fault, undefined)
    }),
    { seed: 3030 },
  )
})

test('a message in chunks whose last line has no end is ended, and one that ends in CR is refused', () => {
  const open = new MessageReader('chunks')
  open.push(Buffer.from('a: b\r\n\r\nend'))
  open.finishChunks()
  assert.equal(open.source().toString(), 'a: b\r\n\r\nend\r\n')
  const torn = new MessageReader('chunks')
  torn.push(Buffer.from('a: b\r'))
  torn.finishChunks()
  assert.equal(torn.fault, 'bareReturn')
})

test('a NUL and a line over 998 bytes are faults, and 998 are none', () => {
  const of = (text: string) => read([Buffer.from(`${text}\r\n.\r\n`)]).fault
  assert.equal(of('a\0b'), 'nul')
  assert.equal(of('x'.repeat(998)), undefined)
  assert.equal(of(`.${'.'.repeat(998)}`), undefined)
  assert.equal(of('x'.repeat(999)), 'longLine')
  const cut = read([Buffer.from('x'.repeat(600)), Buffer.from(`${'x'.repeat(399)}\r\n.\r\n`)])
  assert.equal(cut.fault, 'longLine')
})

test('stuffed lines in tiny chunks are joined again and lose one dot each', () => {
  const reader = new MessageReader('dots')
  const tiny = Buffer.from('..\r\n')
  for (let n = 0; n < 200_000; n++) reader.push(Buffer.from(tiny))
  assert.equal(reader.source().length, 600_000)
  assert.equal(reader.sizeBytes, 800_000)
})

test('a LF that comes alone in its chunk is still bare', () => {
  assert.equal(
    read([Buffer.from('a\r\n'), Buffer.from('\n'), Buffer.from('.\r\n')]).fault,
    'bareFeed',
  )
})
