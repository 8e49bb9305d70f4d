import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluateSpf, isSpfPolicy, type SpfEvaluation, spfLookupsMax } from './spf-lookups.ts'

type Zone = Readonly<Record<string, readonly string[] | 'unanswered'>>

const resolverOf =
  (zone: Zone): SpfEvaluation['resolve'] =>
  async (type, name) =>
    zone[`${type} ${name}`] ?? []

const evaluate = (policy: string, zone: Zone = {}) =>
  evaluateSpf(policy, { domain: 'example.com', resolve: resolverOf(zone) })

const someHost = { 'A example.com': ['192.0.2.1'], 'MX example.com': ['10 mx.example.com'] }

test('each term that asks DNS costs a look-up, and the others cost none', async () => {
  const terms: [term: string, lookups: number][] = [
    ['ip4:192.0.2.0/24', 0],
    ['ip6:2001:db8::/32', 0],
    ['exp=explain.example.com', 0],
    ['moo=something', 0],
    ['a', 1],
    ['a/24//64', 1],
    ['-mx', 1],
    ['ptr', 1],
    ['?ptr:example.com', 1],
    ['exists:%{i}.list.example.com', 1],
    ['include:%{d}.example.com', 1],
    ['redirect=%{d}.example.com', 1],
  ]
  for (const [term, lookups] of terms) {
    const cost = await evaluate(`v=spf1 ${term}`, someHost)
    assert.deepEqual(cost, { lookups, voids: 0, fault: null, isPartial: false }, term)
  }
})

test('what is included and redirected to is counted with what it costs itself', async () => {
  const zone = {
    ...someHost,
    'TXT one.test': ['a text', 'v=spf1 include:two.test a:example.com -all'],
    'TXT two.test': ['v=spf1 mx:example.com ~all'],
  }
  assert.equal((await evaluate('v=spf1 include:one.test include:two.test -all', zone)).lookups, 6)
  assert.equal((await evaluate('v=spf1 redirect=one.test', zone)).lookups, 4)
})

test('what stands behind `all` costs nothing, and neither does a redirect beside it', async () => {
  const cost = await evaluate('v=spf1 a -all mx include:gone.test redirect=gone.test', someHost)
  assert.deepEqual(cost, { lookups: 1, voids: 0, fault: null, isPartial: false })
})

test('ten look-ups are right, and with the eleventh counting ends', async () => {
  const ten = await evaluate(`v=spf1 ${'a '.repeat(10)}-all`, someHost)
  assert.deepEqual([ten.lookups, ten.fault], [10, null])
  const many = await evaluate(`v=spf1 ${'a '.repeat(200)}-all`, someHost)
  assert.deepEqual([many.lookups, many.fault], [11, 'too_many_lookups'])
})

test('two look-ups may find nothing, and a third is an error', async () => {
  const two = await evaluate('v=spf1 a:x.test mx:y.test -all')
  assert.deepEqual([two.voids, two.fault], [2, null])
  const three = await evaluate('v=spf1 a:x.test mx:y.test exists:z.test -all')
  assert.deepEqual([three.voids, three.fault], [3, 'too_many_voids'])
})

test('what makes a receiver give up is named', async () => {
  const two = { 'TXT twice.test': ['v=spf1 -all', 'v=spf1 ~all'] }
  const hosts = Array.from({ length: 11 }, (_, nth) => `10 mx${nth}.test`)
  const cases: [policy: string, fault: string, zone?: Zone][] = [
    ['v=spf1 include:gone.test -all', 'no_policy_there'],
    ['v=spf1 redirect=gone.test', 'no_policy_there'],
    ['v=spf1 include:twice.test -all', 'no_policy_there', two],
    ['v=spf1 mx -all', 'too_many_mx_hosts', { 'MX example.com': hosts }],
    ['v=spf1 ip4:192.0.2.1 includes:example.com -all', 'unknown_term'],
    ['v=spf1 include -all', 'unknown_term'],
    ['v=spf1 a: -all', 'unknown_term'],
    ['v=spf1 192.0.2.1 -all', 'unknown_term'],
  ]
  for (const [policy, fault, zone] of cases) {
    assert.equal((await evaluate(policy, zone)).fault, fault, policy)
  }
})

test('what nobody answers is not held against the policy', async () => {
  const zone: Zone = { 'TXT silent.test': 'unanswered', 'A silent.test': 'unanswered' }
  const cost = await evaluate('v=spf1 include:silent.test a:silent.test -all', zone)
  assert.deepEqual(cost, { lookups: 2, voids: 0, fault: null, isPartial: true })
})

test('once time is over nothing is looked up any more', async () => {
  let asked = 0
  const cost = await evaluateSpf('v=spf1 a:x.test a:y.test a:z.test -all', {
    domain: 'example.com',
    isOver: () => asked >= 1,
    resolve: async () => {
      asked += 1
      return ['192.0.2.1']
    },
  })
  assert.deepEqual([asked, cost.isPartial, cost.lookups], [1, true, 3])
})

/** Policies of a few names that include one another, in circles as well. */
const names = ['a.test', 'b.test', 'c.test', 'example.com']
const name = fc.constantFrom(...names)
const term = fc.oneof(
  name.map((one) => `include:${one}`),
  name.map((one) => `redirect=${one}`),
  name.map((one) => `a:${one}`),
  fc.constantFrom('mx', 'ptr', '~all', 'ip4:192.0.2.1', 'exists:%{i}.test', '%', 'include:', '='),
  fc.string({ maxLength: 10 }),
)
const policy = fc.array(term, { maxLength: 30 }).map((terms) => ['v=spf1', ...terms].join(' '))

test('whatever the policies say, look-ups are few and counting ends', async () => {
  await fc.assert(
    fc.asyncProperty(policy, fc.tuple(policy, policy, policy, policy), async (first, policies) => {
      let asked = 0
      const resolve = resolverOf(
        Object.fromEntries(names.map((one, nth) => [`TXT ${one}`, [policies[nth] ?? '']])),
      )
      const cost = await evaluateSpf(first, {
        domain: 'example.com',
        resolve: (type, wanted) => {
          asked += 1
          return resolve(type, wanted)
        },
      })
      assert.ok(asked <= spfLookupsMax, String(asked))
      assert.ok(cost.lookups <= spfLookupsMax + 1)
      assert.ok(cost.voids <= cost.lookups)
      if (cost.lookups > spfLookupsMax) assert.notEqual(cost.fault, null)
    }),
  )
})

test('a term more never makes a policy cheaper', async () => {
  const plain = fc.constantFrom('a', 'mx', 'ptr', 'ip4:192.0.2.1', 'a:b.test')
  await fc.assert(
    fc.asyncProperty(fc.array(plain, { maxLength: 9 }), plain, async (terms, more) => {
      const [less, all] = await Promise.all([
        evaluate(`v=spf1 ${terms.join(' ')} -all`),
        evaluate(`v=spf1 ${[...terms, more].join(' ')} -all`),
      ])
      assert.ok(all.lookups >= less.lookups && all.lookups <= less.lookups + 1)
      assert.ok(all.voids >= less.voids)
    }),
  )
})

test('only a text that begins with v=spf1 and a blank is a policy', () => {
  const cases: [value: string, isPolicy: boolean][] = [
    ['v=spf1', true],
    ['V=SPF1 -all', true],
    ['v=spf10 -all', false],
    ['spf2.0/pra', false],
    ['', false],
  ]
  for (const [value, expected] of cases) assert.equal(isSpfPolicy(value), expected, value)
})
