import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from './arguments.ts'
import { UsageError } from './command-failure.ts'

const shape = { operands: ['ID'], texts: { name: true, limit: false }, switches: ['all'] }
const id = '01890a5d-ac96-774b-bcce-b302099a8057'

function refusal(...args: string[]): string {
  try {
    readArguments(args, shape)
  } catch (error) {
    assert.ok(error instanceof UsageError)
    return error.message
  }
  return ''
}

test('options and operands are read in any order', () => {
  for (const args of [
    [id, '--name', 'A', '--all'],
    ['--all', '--name=A', id],
  ]) {
    const given = readArguments(args, shape)
    assert.equal(given.id('ID'), id)
    assert.equal(given.required('name'), 'A')
    assert.ok(given.has('all'))
    assert.equal(given.text('limit'), undefined)
  }
})

test('a misspelt option names the nearest right one', () => {
  assert.match(refusal(id, '--nmae', 'A'), /no option --nmae; did you mean --name\?/)
})

test('what must be given is named', () => {
  assert.match(refusal('--name', 'A'), /ID must be given/)
  assert.match(refusal(id), /--name must be given/)
})

test('an option never swallows the option after it', () => {
  assert.match(refusal(id, '--name', '--all'), /--name needs a value/)
  assert.equal(readArguments([id, '--name=--all'], shape).required('name'), '--all')
})

test('what is too much is refused, as are values of switches and second values', () => {
  assert.match(refusal(id, id, '--name', 'A'), /1 more than expected/)
  assert.match(refusal(id, '--name', 'A', '--all=yes'), /takes no value/)
  assert.match(refusal(id, '--name', 'A', '--name', 'B'), /given twice/)
})

test('a number is whole and within its bounds', () => {
  const number = (text: string) =>
    readArguments([id, '--name', 'A', '--limit', text], shape).wholeNumber('limit', {
      min: 1,
      max: 10,
    })
  assert.equal(number('10'), 10)
  for (const text of ['0', '11', '1.5', '1e1', 'ten', '0x5']) {
    assert.throws(() => number(text), UsageError)
  }
})

test('an id is an id', () => {
  const given = readArguments(['seven', '--name', 'A'], shape)
  assert.throws(() => given.id('ID'), /ID must be an id/)
})

test('an option may be given more than once where that is meant, and names may follow in any number', () => {
  const shape = { operands: ['ID'], rest: 'MORE', lists: ['to'], texts: { name: false } }
  const given = readArguments(['1', '--to', 'a', '2', '--to=b', '3', '--name', 'n'], shape)
  assert.deepEqual([given.required('ID'), given.rest], ['1', ['2', '3']])
  assert.deepEqual([given.list('to'), given.text('name')], [['a', 'b'], 'n'])
  assert.deepEqual(readArguments(['1'], shape).list('to'), [])
  assert.throws(() => readArguments([], shape), /ID must be given/)
  assert.throws(() => readArguments(['1', '--to'], shape), /--to needs a value/)
})
