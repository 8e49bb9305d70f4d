import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSameKey, readTags } from './dkim-tags.ts'
import { findFault, type LookUp, lookAtRecord } from './look-at-record.ts'
import { dmarcAdvice, type ExpectedRecord, expectedRecords } from './records.ts'

const ed25519Key = Buffer.concat([
  Buffer.from('302a300506032b6570032100', 'hex'),
  Buffer.alloc(32, 7),
])
const expected = expectedRecords(
  {
    id: '01980000-0000-7000-8000-000000000001',
    name: 'mail.example.com',
    returnPath: 'send',
    selectors: [
      { selector: 'p1', algorithm: 'rsa', publicKey: Buffer.alloc(294, 5) },
      { selector: 'pe', algorithm: 'ed25519', publicKey: ed25519Key },
    ],
  },
  'mail.postern.test',
)
const [dkim, edwards, mx, spf] = expected as [
  ExpectedRecord,
  ExpectedRecord,
  ExpectedRecord,
  ExpectedRecord,
]
const dmarc = dmarcAdvice('mail.example.com')
const key = dkim.value.replace('p=', '')
const include = 'include:_spf.mail.postern.test'

test('an Ed25519 key is published as its 32 bytes', () => {
  assert.equal(edwards.value, `k=ed25519; p=${Buffer.alloc(32, 7).toString('base64')}`)
})

for (const [record, values, rule] of [
  [dkim, [`p=${key}`], 'the bare key'],
  [dkim, [`v=DKIM1; k=rsa; p=${key}`], 'the key with the tags that are the default'],
  [dkim, [`k=rsa;p=${key.slice(0, 5)} ${key.slice(5)};v=DKIM1;`], 'blanks and another order'],
  [dkim, ['something else', `p=${key}`], 'another text beside it'],
  [edwards, [`v=DKIM1;${edwards.value}`], 'an Ed25519 key with its version'],
  [mx, ['10 Mail.Postern.test.'], 'the host in other case with its dot'],
  [spf, [spf.value], 'the policy as given'],
  [spf, [`v=spf1 ip4:192.0.2.1 +include:_SPF.mail.postern.test -all`], 'more senders'],
  [dmarc, ['v=DMARC1; p=reject; rua=mailto:a@example.com'], 'a stricter policy'],
] as const) {
  test(`${record.record} ${record.type}: ${rule} is right`, () => {
    assert.equal(findFault(record, values), undefined)
  })
}

for (const [record, values, fault, rule] of [
  [dkim, [`p=${key.toLowerCase()}`], /Another value/, 'a key in other case'],
  [dkim, [`p=${key}A`], /Another value/, 'a longer key'],
  [dkim, [`p=${key.slice(0, 200)}`], /cut off/, 'a key that is cut off'],
  [dkim, ['p='], /revoked/, 'an empty key'],
  [dkim, [key], /lacks `p=`/, 'a key without its tag'],
  [dkim, [`"p=${key}"`], /quotation marks/, 'a value in quotation marks'],
  [dkim, [`k=ed25519; p=${key}`], /forbids its use/, 'another kind of key'],
  [dkim, [`t=y; p=${key}`], /being tested/, 'a key in testing'],
  [dkim, [`h=sha1; p=${key}`], /forbids its use/, 'another hash'],
  [edwards, [edwards.value.replace('k=ed25519; ', '')], /forbids/, 'an Ed25519 key as RSA'],
  [mx, ['10 mx.other.test'], /Another mail host/, 'another host'],
  [spf, ['v=spf1 -all'], /does not name include:/, 'a policy without us'],
  [spf, [`v=spf1 -all ${include}`], /before the last term/, 'us behind all'],
  [spf, [spf.value, 'v=spf1 -all'], /Two SPF records/, 'two policies'],
  [spf, [`"${spf.value}"`], /quotation marks/, 'a policy in quotation marks'],
  [spf, ['hello'], /begins with v=spf1/, 'another text'],
  [dmarc, ['v=DMARC1; p=none', 'v=DMARC1; p=reject'], /Two DMARC/, 'two policies'],
] as const) {
  test(`${record.record} ${record.type}: ${rule} is wrong, and it is said why`, () => {
    assert.match(findFault(record, values) ?? '', fault)
  })
}

/** Answers what the zone has, `CNAME` and all. */
function zone(entries: Record<string, string[]>): LookUp {
  return async ({ type, name }) => {
    const values = entries[`${type} ${name}`]
    const answeredBy = '192.0.2.53'
    return values ? { kind: 'found', values, answeredBy } : { kind: 'absent', answeredBy }
  }
}

const lookAt = (record: ExpectedRecord, entries: Record<string, string[]>) =>
  lookAtRecord(record, 'mail.example.com', zone(entries))

test('a record under a doubled name is found there, and what to enter is said', async () => {
  const twice = 'p1._domainkey.mail.example.com.example.com'
  const { isRight, hint } = await lookAt(dkim, { [`TXT ${twice}`]: [dkim.value] })
  assert.equal(isRight, false)
  assert.match(hint ?? '', /domain twice.*enter p1\._domainkey\.mail only/)
})

test('an alias to itself and one that leads nowhere are told apart', async () => {
  const self = await lookAt(dkim, { [`CNAME ${dkim.name}`]: [`${dkim.name}.`] })
  assert.match(self.hint ?? '', /points to itself/)
  const nowhere = await lookAt(dkim, { [`CNAME ${dkim.name}`]: ['gone.test'] })
  assert.match(nowhere.hint ?? '', /leads to gone\.test, where nothing is/)
})

test('a record that is nowhere needs no word', async () => {
  assert.deepEqual(await lookAt(dkim, {}), {
    answer: { kind: 'absent', answeredBy: '192.0.2.53' },
    isRight: false,
    hint: null,
  })
})

test('an SPF record of more than ten look-ups is wrong, one of ten is right', async () => {
  const nested = (count: number) => ({
    [`TXT ${spf.name}`]: [`v=spf1 ${include} include:deep.test ~all`],
    'TXT deep.test': [`v=spf1 ${'mx '.repeat(count)}-all`],
  })
  const most = await lookAt(spf, nested(8))
  assert.deepEqual([most.isRight, most.lookups], [true, 10])
  const deep = await lookAt(spf, nested(9))
  assert.deepEqual([deep.isRight, deep.lookups], [false, 11])
  assert.match(deep.hint ?? '', /more than 10 DNS look-ups/)
})

test('an SPF record that includes itself is counted to the end and no further', async () => {
  const circle = { [`TXT ${spf.name}`]: [`v=spf1 ${include} include:${spf.name} ~all`] }
  assert.equal((await lookAt(spf, circle)).isRight, false)
})

test('a mail host that is preferred to ours is worth a word', async () => {
  const entries = (values: string[]) => ({ [`MX ${mx.name}`]: values })
  const behind = await lookAt(mx, entries(['5 mx.other.test', '10 mail.postern.test']))
  assert.deepEqual([behind.isRight, /preferred/.test(behind.hint ?? '')], [true, true])
  const ahead = await lookAt(mx, entries(['20 mx.other.test', '10 mail.postern.test']))
  assert.deepEqual([ahead.isRight, ahead.hint], [true, null])
})

test('a key is the same in any order of tags, with any blanks around and within them', () => {
  const blank = fc.constantFrom('', ' ', '  ', '\t')
  const tags = fc.shuffledSubarray([`p=${key}`, 'k=rsa', 's=email:other', 'h=sha1:sha256'], {
    minLength: 1,
  })
  fc.assert(
    fc.property(tags, blank, blank, fc.nat(key.length), (chosen, before, after, at) => {
      const whole = chosen.includes(`p=${key}`) ? chosen : [...chosen, `p=${key}`]
      const spread = whole.map((tag) =>
        tag.startsWith('p=') ? `p=${key.slice(0, at)}${before}${key.slice(at)}` : tag,
      )
      const text = `v=DKIM1;${spread.map((tag) => `${before}${tag}${after}`).join(';')}`
      assert.ok(isSameKey(readTags(text), readTags(dkim.value)), text)
    }),
  )
})

test('no answer is read as right unless the key stands in it, and none breaks the reading', () => {
  const near = fc.string({ unit: fc.constantFrom(...'vpkhst=;: "\\DKIM1rsa+/', 'v=spf1 ', 'MIIB') })
  const values = fc.array(fc.oneof(near, fc.string({ unit: 'binary' })), { maxLength: 5 })
  fc.assert(
    fc.property(values, fc.constantFrom(...expected, dmarc), (found, record) => {
      const fault = findFault(record, found)
      const joined = found.join(' ')
      if (record.record === 'DKIM') assert.notEqual(fault, undefined)
      if (fault === undefined) assert.ok(/spf1|DMARC1|mail\.postern\.test/.test(joined), joined)
      else assert.ok(fault.length > 0)
    }),
  )
})

test('one changed character makes it another key', () => {
  const other = fc.tuple(fc.nat(key.length - 1), fc.constantFrom(...'ABCxyz019+/'))
  fc.assert(
    fc.property(other, ([at, character]) => {
      const changed = `${key.slice(0, at)}${character}${key.slice(at + 1)}`
      const isSame = findFault(dkim, [`p=${changed}`]) === undefined
      assert.equal(isSame, changed === key)
    }),
  )
})
