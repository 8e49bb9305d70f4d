/** Where a text stops being JSON (RFC 8259), for the answer to whoever sent it. Only asked when `JSON.parse` has said no. */

export interface JsonFault {
  line: number
  column: number
  reason: string
}

type Expectation = 'value' | 'valueOrEnd' | 'name' | 'nameOrEnd' | 'colon' | 'comma' | 'end'

const token = /[{}[\],:]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const blanks = /[ \t\r\n]*/y

const wanted: Record<Expectation, string> = {
  value: 'a value',
  valueOrEnd: 'a value or ]',
  name: 'a name in double quotes',
  nameOrEnd: 'a name in double quotes or }',
  colon: 'a colon',
  comma: 'a comma or the closing bracket',
  end: 'the end of the text',
}

export function findJsonFault(text: string): JsonFault {
  const open: string[] = []
  let expected: Expectation = 'value'
  for (let at = 0; ; ) {
    at = after(blanks, text, at)
    const char = text.charAt(at)
    const end = char === '"' ? stringEnd(text, at) : after(token, text, at)
    const next: Expectation | undefined = end > at ? step(char, expected, open) : undefined
    if (next === undefined) return describe(text, at, expected)
    expected = next
    at = end
  }
}

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** The place behind the string that opens at `at`, or `at` itself when it is not one; a pattern would backtrack over megabytes. */
function stringEnd(text: string, at: number): number {
  for (let next = at + 1; next < text.length; ) {
    const char = text.charAt(next)
    if (char === '"') return next + 1
    if (char < ' ') return at
    const end = char === '\\' ? after(escaped, text, next) : next + 1
    if (end === next) return at
    next = end
  }
  return at
}

/** What may follow a token, known by its first character; undefined when it may not stand here. */
function step(char: string, expected: Expectation, open: string[]): Expectation | undefined {
  if (char === '}' || char === ']') return close(char, expected, open)
  if (char === ',' && expected === 'comma') return open.at(-1) === '{' ? 'name' : 'value'
  if (char === ':' && expected === 'colon') return 'value'
  if (expected === 'name' || expected === 'nameOrEnd') return char === '"' ? 'colon' : undefined
  if (expected !== 'value' && expected !== 'valueOrEnd') return undefined
  if (char === ',' || char === ':') return undefined
  if (char !== '{' && char !== '[') return open.length === 0 ? 'end' : 'comma'
  open.push(char)
  return char === '{' ? 'nameOrEnd' : 'valueOrEnd'
}

function close(char: string, expected: Expectation, open: string[]): Expectation | undefined {
  const mayClose = char === '}' ? 'nameOrEnd' : 'valueOrEnd'
  if (expected !== 'comma' && expected !== mayClose) return undefined
  if (open.pop() !== (char === '}' ? '{' : '[')) return undefined
  return open.length === 0 ? 'end' : 'comma'
}

function describe(text: string, at: number, expected: Expectation): JsonFault {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  const found = at >= text.length ? 'the text ends' : 'something else stands there'
  return { line, column, reason: `expected ${wanted[expected]}, but ${found}` }
}
