import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitsSubject, readSearch } from './search-words.ts'

test('the form of what is looked for says where to look', () => {
  const id = '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a01'
  assert.deepEqual(readSearch(id), { message_id: id })
  assert.deepEqual(readSearch(` <${id}@example.com> `), { message_id: `<${id}@example.com>` })
  assert.deepEqual(readSearch('ada@example.com'), { recipient: 'ada@example.com' })
  assert.deepEqual(readSearch('example.com'), { recipient: 'example.com' })
  assert.deepEqual(readSearch('kind:order'), { tag: 'kind:order' })
  assert.deepEqual(readSearch('Your order 12'), { subject: 'Your order 12' })
  assert.deepEqual(readSearch('  '), {})
})

test('words of a subject are looked for wherever they stand, in any case', () => {
  assert.ok(fitsSubject('Your Order', 'order'))
  assert.ok(!fitsSubject('Your Order', 'receipt'))
  assert.ok(fitsSubject('anything', undefined))
})
