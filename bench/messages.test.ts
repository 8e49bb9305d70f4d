import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { makeMessages } from './messages.ts'

const maker = makeMessages('0badcafe', { seed: 7, bytes: 10_240 })

test('the number is in subject, body and recipient, whose domain follows from it', () => {
  const message = JSON.parse(maker.json(1234567).toString())
  assert.deepEqual(message.to, ['u1234567@d07.bench.test'])
  assert.equal(maker.recipient(1234567), 'u1234567@d07.bench.test')
  assert.match(message.subject, / \[pb:0badcafe:1234567\]$/)
  assert.match(message.html, /1234567/)
  assert.match(maker.mime(1234567).toString(), /^Subject: .* \[pb:0badcafe:1234567\]\r$/m)
})

test('messages have about the size asked for and compress as newsletters do', () => {
  const packed = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
  for (const seq of [0, 1, 50, 199]) {
    const { html, text } = JSON.parse(maker.json(seq).toString())
    const bytes = html.length + text.length
    assert.ok(bytes > 9_000 && bytes < 11_500, `${bytes} bytes`)
    const ratio = bytes / zstdCompressSync(html + text, packed).length
    assert.ok(ratio > 3 && ratio < 4.5, `compresses ${ratio.toFixed(1)} to 1`)
  }
})

test('the same seed makes the same bodies, neighbours differ', () => {
  const again = makeMessages('0badcafe', { seed: 7, bytes: 10_240 })
  assert.deepEqual(again.mime(3), maker.mime(3))
  const bodyOf = (seq: number) => JSON.parse(maker.json(seq).toString()).text.slice(0, 200)
  assert.notEqual(bodyOf(3), bodyOf(4))
})

test('the MIME form has short lines that end in CRLF and needs no dot-stuffing', () => {
  const lines = maker.mime(5).toString('latin1').split('\r\n')
  assert.ok(lines.every((line) => line.length < 998 && !line.includes('\n') && line[0] !== '.'))
})
