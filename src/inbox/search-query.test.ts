import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readQuery, searchable, unmetTerms } from './search-query.ts'

const message = searchable({
  id: '01900000-0000-7000-8000-000000000001',
  from: 'Ada Lovelace <ada@engines.example>',
  to: ['bob@example.com', 'eve@example.org'],
  subject: 'The order of yesterday',
  receivedAt: new Date(0),
  sizeBytes: 1,
  isComplaint: false,
})

function unmet(query: string): string[] {
  const terms = readQuery(query)
  assert.ok(Array.isArray(terms), query)
  return unmetTerms(terms, message).map(({ words }) => words)
}

test('words are looked for anywhere, fields only in their own, in any case', () => {
  assert.deepEqual(unmet('LOVELACE eve@ yesterday'), [])
  assert.deepEqual(unmet('from:Ada to:example.org Subject:order'), [])
  assert.deepEqual(unmet('from:bob to:ada subject:lovelace'), ['bob', 'ada', 'lovelace'])
  assert.deepEqual(unmet('nowhere order'), ['nowhere'])
})

test('a phrase in quotes is one term, also behind a field and when not closed', () => {
  assert.deepEqual(unmet('"order of" from:"ada love"'), [])
  assert.deepEqual(unmet('"of order"'), ['of order'])
  assert.deepEqual(unmet('subject:"the ord'), [])
})

test('an empty query, and a field without a word, ask for nothing', () => {
  for (const query of ['', '   ', 'from:', '""', 'to:""']) assert.deepEqual(readQuery(query), [])
})

test('other names before a colon are part of the word', () => {
  assert.deepEqual(readQuery('https://a.example re:'), [
    { field: null, words: 'https://a.example' },
    { field: null, words: 're:' },
  ])
})

test('a query that is too long is refused with the limit', () => {
  assert.match(JSON.stringify(readQuery('x'.repeat(201))), /at most 200 characters/)
  assert.match(JSON.stringify(readQuery('a '.repeat(11))), /at most 10 words/)
})
