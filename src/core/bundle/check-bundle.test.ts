import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeToken } from '../../lib/token.ts'
import { checkBundle } from './check-bundle.ts'

const url = 'postgres://pn_console:hunter2hunter2@db.internal:5432/postern'
const random = 'q7Zk2Vx9Rb4Tn8Lw3Yc6Hd1M'

function check(text: string, known: Record<string, string> = {}) {
  return checkBundle(
    [{ path: 'assets/a.js', bytes: Buffer.from(text) }],
    new Map(Object.entries(known)),
  )
}

function kinds(text: string, known: Record<string, string> = {}): string[] {
  return check(text, known).map(({ kind }) => kind)
}

// Put together here, so that no scanner takes this file for a leak.
const secrets: [kind: string, text: string][] = [
  ['Postern API key', makeToken('live')],
  ['database URL', url],
  ['private key', ['-----BEGIN EC ', 'PRIVATE KEY-----'].join('')],
  ['AWS access key', `AKIA${'ABCDEFGHIJKLMNOP'}`],
  ['GitHub token', `ghp_${'a1B2c3D4e5'.repeat(4)}`],
  ['Slack token', `xoxb-${'1234567890'.repeat(2)}`],
]

for (const [kind, text] of secrets) {
  test(`${kind}: found as it stands, escaped, and in base64, at its place`, () => {
    assert.deepEqual(check(`let a="${text}"`), [{ file: 'assets/a.js', offset: 7, kind }])
    const escaped = [...text]
      .map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')
    assert.deepEqual(check(`let \\x61="${escaped}"`), [
      { file: 'assets/a.js', offset: 10, kind, hidden: 'escaped' },
    ])
    for (const encoding of ['base64', 'base64url'] as const) {
      assert.deepEqual(check(`let a="${Buffer.from(text).toString(encoding)}"`), [
        { file: 'assets/a.js', offset: 7, kind, hidden: 'base64' },
      ])
    }
  })
}

test('a value of the environment is found, also percent-encoded, and so is the password in a URL', () => {
  assert.deepEqual(kinds('x="a pepper, a salt"', { POSTERN_PEPPER: 'a pepper, a salt' }), [
    'value of POSTERN_PEPPER',
  ])
  assert.deepEqual(
    kinds(`x="${encodeURIComponent('a pepper, a salt')}"`, { POSTERN_PEPPER: 'a pepper, a salt' }),
    ['value of POSTERN_PEPPER'],
  )
  assert.deepEqual(kinds('x="hunter2hunter2"', { DATABASE_URL: url }), ['value of DATABASE_URL'])
})

test('a short value is not looked for: it stands everywhere', () => {
  assert.deepEqual(kinds('port=8025', { POSTERN_X: '8025' }), [])
})

for (const text of [
  `password:"${random}"`,
  `const apiKey = '${random}'`,
  `{"client_secret":"${random}"}`,
  `TOKEN=\`${random}\``,
]) {
  test(`random text beside a word for a secret is found: ${text.slice(0, 14)}…`, () => {
    assert.deepEqual(kinds(text), ['random text beside a word for a secret'])
  })
}

test('what the words of a page and the names of a program look like is no secret', () => {
  for (const text of [
    `icon:"${random}"`,
    'autoComplete:"current-password"',
    'token:"the token that was sent to you"',
    'secretName:"postern.dashboard.language.chosen"',
    'password:"aaaaaaaaaaaaaaaaaaaaaaaa1111"',
    'href:"https://www.postgresql.org/docs"',
    `key:"${makeToken('live').slice(0, -1)}"`,
  ]) {
    assert.deepEqual(kinds(text), [], text)
  }
})

test('a source map is a finding: it holds the sources', () => {
  assert.deepEqual(kinds(`a()\n//${'#'} sourceMappingURL=a.js.map`), ['source map'])
  assert.deepEqual(
    checkBundle([{ path: 'assets/a.js.map', bytes: Buffer.from('{}') }], new Map()).map(
      ({ kind }) => kind,
    ),
    ['source map'],
  )
})

test('a finding never holds the secret', () => {
  const found = JSON.stringify(check(`a="${url}";password="${random}"`))
  assert.ok(!found.includes('hunter2') && !found.includes(random))
})
