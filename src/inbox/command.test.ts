import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommand, readPath } from './command.ts'

test('a verb is read in any case, its argument as written', () => {
  assert.deepEqual(readCommand('mail FROM:<A@b.example>'), {
    verb: 'MAIL',
    argument: 'FROM:<A@b.example>',
  })
  assert.deepEqual(readCommand('quit'), { verb: 'QUIT', argument: '' })
})

test('a path gives its address and its parameters', () => {
  const path = readPath('from: <ada@example.com>  SIZE=120 body=8BITMIME SMTPUTF8', 'FROM:')
  assert.equal(path?.address, 'ada@example.com')
  assert.deepEqual(
    [...(path?.parameters ?? [])],
    [
      ['SIZE', '120'],
      ['BODY', '8BITMIME'],
      ['SMTPUTF8', ''],
    ],
  )
})

test('the null return path is an address of its own', () => {
  assert.equal(readPath('FROM:<>', 'FROM:')?.address, '')
})

test('a bracket inside a quoted local part does not end the path', () => {
  assert.equal(readPath('TO:<"a>b\\"c>"@example.com>', 'TO:')?.address, '"a>b\\"c>"@example.com')
})

test('a source route is stripped', () => {
  assert.equal(
    readPath('TO:<@one.example,@two.example:ada@example.com>', 'TO:')?.address,
    'ada@example.com',
  )
})

test('an argument of another form is no path', () => {
  for (const argument of ['', 'TO:ada@example.com', 'TO:<ada@example.com', 'FROM:<a@b.example>']) {
    assert.equal(readPath(argument, 'TO:'), null)
  }
})
