import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { jsonBody } from '../protocol.ts'
import { readPersonRequest } from './bodies.ts'

const id = '0197a1b2-0000-7000-8000-000000000001'
const hash = 'ab'.repeat(32)
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = publicKey.export({ format: 'der', type: 'spki' })
const session = { id, h2: hash, browserKey: spki.subarray(-65).toString('base64url') }
const read = (request: object) => readPersonRequest(jsonBody({ h1: null, request }))

test('a request whose parts are what they are called is read', () => {
  const { request } = read({ kind: 'sign_in', emailIndex: hash, password: hash, session })
  assert.equal(request.kind, 'sign_in')
  read({ kind: 'invite', link: { id, h2: hash }, emailIndex: hash, role: 'admin', scopes: null })
  read({ kind: 'account_policy', policy: { networks: { api: ['2001:db8::/32'] } } })
  read({ kind: 'change_password', password: { hash, salt: 'cd'.repeat(16) }, session })
})

const malformed: Record<string, object> = {
  'no kind': {},
  'an id that is none': { kind: 'end_session', sessionId: 'x' },
  'a key of a browser that is no point': {
    kind: 'sign_in',
    session: { ...session, browserKey: 'A'.repeat(87) },
  },
  'a hash that is too short': { kind: 'sign_in', session: { ...session, h2: 'ab' } },
  'a salt that is too short': { kind: 'change_password', password: { hash, salt: 'cd' }, session },
  'a role that is none': { kind: 'change_member', memberId: id, role: 'root', scopes: null },
  'a scope that is none': { kind: 'change_member', memberId: id, role: 'custom', scopes: ['all'] },
  'a network that is none': { kind: 'account_policy', policy: { networks: { api: ['x'] } } },
  'an export of something else': { kind: 'begin_export', exported: 'everything' },
  'a policy that is a word': { kind: 'account_policy', policy: { requiresFactor: 'yes' } },
  'more than any request holds': { kind: 'step_up', factor: { code: 'x'.repeat(40_000) } },
}

for (const [name, request] of Object.entries(malformed)) {
  test(`${name} ends the connection, as nobody honest sends it`, () => {
    assert.throws(() => read(request), RangeError)
  })
}
