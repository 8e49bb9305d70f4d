import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatMailbox } from './address.ts'
import { decodeWords } from './encoded-word.ts'
import { explainMailboxes, parseMailboxes } from './mailbox-list.ts'

test('mailboxes are told apart at commas that stand outside quotes', () => {
  const read = parseMailboxes(
    '"Doe, \\"J\\", Jr" <j@example.com>,b@example.com , "x,y"@example.com',
  )
  assert.deepEqual(
    read?.map(({ name, address }) => [name, address]),
    [
      ['Doe, "J", Jr', 'j@example.com'],
      ['', 'b@example.com'],
      ['', '"x,y"@example.com'],
    ],
  )
})

test('an empty entry, a group and a comment are refused with the rule and the fix', () => {
  const cases: [string, RegExp][] = [
    ['', /empty/],
    ['a@example.com,', /empty/],
    ['a@example.com,,b@example.com', /empty/],
    ['group: a@example.com, b@example.com;', /colon/],
    ['a@example.com (Bob)', /Comments/],
    ['"a@example.com, b@example.com', /not closed/],
  ]
  for (const [text, sentence] of cases) {
    assert.equal(parseMailboxes(text), undefined, text)
    assert.match(explainMailboxes(text), sentence, text)
  }
  assert.equal(explainMailboxes('a@example.com, b@example.com'), '')
})

test('mailboxes written with commas between them read back the same', () => {
  const mailbox = fc.record({
    name: fc.string({ unit: fc.constantFrom(...'aZ,."\\;:@é'), maxLength: 12 }),
    address: fc.constantFrom('a@example.com', '"a,b"@example.com', 'zoë@example.com'),
  })
  fc.assert(
    fc.property(fc.array(mailbox, { minLength: 1, maxLength: 5 }), (mailboxes) => {
      const read = parseMailboxes(mailboxes.map(formatMailbox).join(', '))
      assert.deepEqual(
        read?.map(({ name, address }) => [decodeWords(name), address]),
        mailboxes.map(({ name, address }) => [name, address]),
      )
    }),
  )
})
