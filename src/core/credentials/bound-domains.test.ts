import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bind, domainsOf, maySendFrom } from './bound-domains.ts'

test('a key of one domain is signed as it always was, and one of none has nothing more', () => {
  assert.deepEqual(bind([]), { domainId: null })
  assert.deepEqual(bind(['a']), { domainId: 'a' })
  assert.deepEqual(bind(['a', 'a'], { holds: true }), { domainId: 'a', options: { holds: true } })
})

test('of several domains the first stands where one did, so who knows no more lets it send from that only', () => {
  const key = bind(['a', 'b'], { holds: true })
  assert.deepEqual(key, { domainId: 'a', options: { holds: true, domainIds: ['a', 'b'] } })
  assert.deepEqual(domainsOf(key), ['a', 'b'])
})

test('a bound key sends from its domains and no other, also not from the sandbox', () => {
  for (const [ids, from, may] of [
    [[], 'a', true],
    [[], '', true],
    [['a'], 'a', true],
    [['a'], 'b', false],
    [['a', 'b'], 'b', true],
    [['a', 'b'], 'c', false],
    [['a', 'b'], '', false],
  ] as const) {
    assert.equal(maySendFrom(bind(ids), from), may, `${ids} from ${from}`)
  }
})
