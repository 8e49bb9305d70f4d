import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attachmentDisposition } from './disposition.ts'

test('a plain name is kept', () => {
  const expected = `attachment; filename="bill 17.pdf"; filename*=UTF-8''bill%2017.pdf`
  assert.equal(attachmentDisposition('bill 17.pdf'), expected)
})

test('a name in other letters comes whole beside a plain one', () => {
  const expected = `attachment; filename="R_chnung.pdf"; filename*=UTF-8''R%C3%A9chnung.pdf`
  assert.equal(attachmentDisposition('Réchnung.pdf'), expected)
})

test('a name can leave neither the header nor the folder, nor turn its direction', () => {
  for (const name of [
    '../../etc/passwd',
    'a\r\nX-Evil: 1',
    'a"; x="',
    'C:\\a',
    'fdp.\u202egpj',
    'a\0b',
  ]) {
    const header = attachmentDisposition(name)
    assert.doesNotMatch(header, /[\r\n\0\\/]|%2F|%5C|%0D|%0A|%00|%E2%80%AE/i, header)
    assert.equal(header.match(/"/g)?.length, 2)
  }
})

test('a broken or endless name does not break the header', () => {
  assert.match(attachmentDisposition('\ud800'), /^attachment; /)
  assert.ok(attachmentDisposition('é'.repeat(5000)).length < 2000)
})
