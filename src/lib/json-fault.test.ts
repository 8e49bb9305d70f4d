import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findJsonFault } from './json-fault.ts'

const cases: [title: string, text: string, line: number, column: number, reason: RegExp][] = [
  ['a comma before the closing brace', '{"a":1,}', 1, 8, /a name in double quotes/],
  ['a missing colon', '{"a" 1}', 1, 6, /a colon/],
  ['a missing comma on the second line', '{"a":1\n"b":2}', 2, 1, /a comma/],
  ['a text that ends early', '{"a":[1,2', 1, 10, /the text ends/],
  ['a name without quotes', '{a:1}', 1, 2, /a name in double quotes/],
  ['single quotes', "{'a':1}", 1, 2, /a name in double quotes/],
  ['a line break within a string', '{"a":"x\ny"}', 1, 6, /a value/],
  ['something behind the value', '{} {}', 1, 4, /the end of the text/],
  ['the wrong bracket', '[1}', 1, 3, /a comma or the closing bracket/],
  ['a number with a leading zero', '[01]', 1, 3, /a comma/],
]

for (const [title, text, line, column, reason] of cases) {
  test(`the place of a fault is named: ${title}`, () => {
    assert.throws(() => JSON.parse(text))
    const fault = findJsonFault(text)
    assert.deepEqual([fault.line, fault.column], [line, column])
    assert.match(fault.reason, reason)
  })
}

test('a valid text has no fault before its end', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const fault = findJsonFault(text)
      assert.match(fault.reason, /the end of the text, but the text ends/)
    }),
  )
})
