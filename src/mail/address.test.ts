import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  asciiDomain,
  explainMailbox,
  formatMailbox,
  needsSmtpUtf8,
  normaliseAddress,
  parseMailbox,
} from './address.ts'
import { decodeWords } from './encoded-word.ts'
import { parseMailboxes } from './mailbox-list.ts'

const accepted: [text: string, name: string, address: string][] = [
  ['bob@example.com', '', 'bob@example.com'],
  ['  bob@example.com ', '', 'bob@example.com'],
  ['<bob@example.com>', '', 'bob@example.com'],
  ['Bob <bob@example.com>', 'Bob', 'bob@example.com'],
  ['Bob<bob@example.com>', 'Bob', 'bob@example.com'],
  ['John Q. Public <JQ.Public@Example.COM>', 'John Q. Public', 'JQ.Public@example.com'],
  ['"Doe, John" <john@example.com>', 'Doe, John', 'john@example.com'],
  ['"a \\"b\\" \\\\ c" <x@example.com>', 'a "b" \\ c', 'x@example.com'],
  ['"ceo@bank.test" <x@example.com>', 'ceo@bank.test', 'x@example.com'],
  ['"bob"@example.com', '', 'bob@example.com'],
  ['"a b"@example.com', '', '"a b"@example.com'],
  ['"a@b"@example.com', '', '"a@b"@example.com'],
  ['a+tag=x@sub.example.co.uk', '', 'a+tag=x@sub.example.co.uk'],
  ['Zoë <zoë@bücher.example>', 'Zoë', 'zoë@xn--bcher-kva.example'],
  ['x@例え.テスト', '', 'x@xn--r8jz45g.xn--zckzah'],
  ['x@example。com', '', 'x@example.com'],
  [`${'a'.repeat(64)}@example.com`, '', `${'a'.repeat(64)}@example.com`],
]

test('one mailbox is read with its name and its address', () => {
  for (const [text, name, address] of accepted) {
    const mailbox = parseMailbox(text)
    assert.equal(mailbox?.name, name, text)
    assert.equal(mailbox.address, address, text)
    assert.equal(`${mailbox.local}@${mailbox.domain}`, address, text)
    assert.equal(explainMailbox(text), '', text)
  }
})

const refused: [text: string, reason: RegExp][] = [
  ['', /empty/],
  ['bob', /no @/],
  ['Bob', /no @/],
  ['a@b@example.com', /more than one @/],
  ['a@example.com, b@example.com', /comma/],
  ['Doe, John <j@example.com>', /comma/],
  ['a@example.com (Bob)', /[Cc]omments/],
  ['Bob (work) <b@example.com>', /[Cc]omments/],
  ['friends: a@example.com;', /colon/],
  ['Bob <<b@example.com>>', /angle/],
  ['Bob <a@example.com> <b@example.com>', /angle/],
  ['Bob <a@example.com', /angle/],
  ['<@relay.example:a@example.com>', /colon/],
  ['"<x@evil.test>" <b@example.com>', /< or >/],
  ['me@x.test <b@example.com>', /double quotes/],
  ['"Bob <b@example.com>', /not closed/],
  ['a b@example.com', /blank/],
  ['=?utf-8?q?a=40b.test?=@example.com', /not allowed/],
  ['"=?utf-8?q?a?="@example.com', /not allowed/],
  ['.a@example.com', /dot/],
  ['a..b@example.com', /dot/],
  ['@example.com', /dot/],
  ['a@', /missing/],
  ['a@gmail', /two labels/],
  ['a@[127.0.0.1]', /IP address/],
  ['a@127.0.0.1', /IP address/],
  ['a@0x7f.1', /host name/],
  ['a@example.com.', /host name/],
  ['a@-x.example.com', /host name/],
  ['a@ex_ample.com', /host name/],
  ['a@example.com/path', /host name/],
  ['a@ex%61mple.com', /host name/],
  [`a@${'x'.repeat(64)}.com`, /host name/],
  [`${'a'.repeat(65)}@example.com`, /64 bytes/],
  [`${'ä'.repeat(33)}@example.com`, /64 bytes/],
  [`a@${'abcdefghi.'.repeat(25)}comm`, /253/],
  [`${'a'.repeat(64)}@${'abcdefghi.'.repeat(19)}com`, /254/],
  ['a@example.com\r\nBcc: x@example.com', /control/],
  ['A\nB <a@example.com>', /control/],
  ['a\0@example.com', /control/],
  ['a\u200bb@example.com', /not allowed/],
  ['a\ud800@example.com', /half a character/],
]

test('what is not one plain mailbox is refused with the rule and the fix, and without the text', () => {
  for (const [text, reason] of refused) {
    assert.equal(parseMailbox(text), undefined, JSON.stringify(text))
    const sentence = explainMailbox(text)
    assert.match(sentence, reason, JSON.stringify(text))
    assert.match(sentence, /^[A-Z].*[;,] .*\.$/, sentence)
    assert.ok(!sentence.includes('evil'))
  }
})

test('no text makes the parser throw, and what it accepts has no character that could end a line', () => {
  const near = fc.string({ unit: fc.constantFrom(...'ab.@<>"\\ ,:;()\r\n\0é=?') })
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
      const mailbox = parseMailbox(text)
      assert.equal(explainMailbox(text) === '', mailbox !== undefined)
      if (!mailbox) return
      assert.doesNotMatch(formatMailbox(mailbox), /[\r\n\0]/)
      assert.match(mailbox.domain, /^[a-z0-9.-]+$/)
    }),
    { numRuns: 2_000 },
  )
})

test('a formatted mailbox reads back as the same mailbox', () => {
  const names = fc.string({ unit: fc.constantFrom(...'aZ. ,"\\@()é漢😀=?_') })
  const locals = fc.string({ unit: fc.constantFrom(...'aZ.+ "\\@é'), minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(names, locals, (name, local) => {
      const quoted = `"${local.replace(/["\\]/g, '\\$&')}"@example.com`
      const phrase = `"${name.replace(/["\\]/g, '\\$&')}"`
      const mailbox = parseMailbox(`${phrase} <${quoted}>`)
      assert.ok(mailbox)
      const again = parseMailbox(formatMailbox(mailbox))
      assert.equal(again?.address, mailbox.address)
      assert.equal(decodeWords(again.name), mailbox.name)
    }),
    { numRuns: 1_000 },
  )
})

test('a name is written plainly, quoted or encoded, whichever it needs', () => {
  const address = 'b@example.com'
  const cases: [string, string][] = [
    ['', 'b@example.com'],
    ['Bob Smith', 'Bob Smith <b@example.com>'],
    ['Smith, B.', '"Smith, B." <b@example.com>'],
    ['say "x" \\', '"say \\"x\\" \\\\" <b@example.com>'],
    ['Zoë Quick', '=?utf-8?Q?Zo=C3=AB_Quick?= <b@example.com>'],
    ['=?utf-8?q?x?=', '=?utf-8?B?PT91dGYtOD9xP3g/PQ==?= <b@example.com>'],
  ]
  for (const [name, formatted] of cases) assert.equal(formatMailbox({ name, address }), formatted)
})

test('the form for indexes is the same for every spelling of an address', () => {
  const spellings = ['Bob@Example.com', 'bob@EXAMPLE.com', '"bob"@example.com']
  for (const spelling of spellings) assert.equal(normaliseAddress(spelling), 'bob@example.com')
  assert.equal(normaliseAddress('ZOE\u0308@BÜCHER.example'), 'zoë@xn--bcher-kva.example')
  assert.equal(normaliseAddress('Not An Address'), 'not an address')
})

test('normalising twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (address) => {
      const once = normaliseAddress(address)
      assert.equal(normaliseAddress(once), once)
    }),
  )
})

test('a domain comes out in lower-case A-labels, or not at all', () => {
  assert.equal(asciiDomain('Mail.Example.COM'), 'mail.example.com')
  assert.equal(asciiDomain('bücher.example'), 'xn--bcher-kva.example')
  for (const bad of [
    '',
    'localhost',
    'a..b',
    'a b.com',
    '1.2.3.4',
    'a.1',
    'x@example.com',
    'a:25',
  ]) {
    assert.equal(asciiDomain(bad), undefined, bad)
  }
})

test('only a local part beyond ASCII asks for SMTPUTF8, never a domain', () => {
  const cases: [string, boolean][] = [
    ['bob@example.com', false],
    ['bob@bücher.example', false],
    ['Zoë <bob@例え.テスト>', false],
    ['zoë@example.com', true],
    ['"zo ë"@example.com', true],
    ['用户@例え.テスト', true],
  ]
  for (const [text, needs] of cases) {
    assert.equal(needsSmtpUtf8(parseMailbox(text)?.address ?? ''), needs, text)
  }
})

test('a U-label and its A-label are one domain, whose length counts in ASCII', () => {
  for (const [u, a] of [
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['straße.example', 'xn--strae-oqa.example'],
    ['ﬁ.example', 'fi.example'],
  ] as const) {
    assert.equal(asciiDomain(u), a)
    assert.equal(asciiDomain(a), a)
  }
  assert.equal(asciiDomain('xn--\u00fc.example'), undefined)
  // 63 octets a label and 253 in all (RFC 1035 §2.3.4).
  assert.equal(asciiDomain(`${'ü'.repeat(60)}.example`), undefined)
  assert.equal(asciiDomain(`${'ü'.repeat(30)}.`.repeat(7).concat('example')), undefined)
})

const labels = fc.string({
  unit: fc.constantFrom(...'abz019üéñ漢例え'),
  minLength: 1,
  maxLength: 12,
})

test('the ASCII form of any domain is its own ASCII form', () => {
  fc.assert(
    fc.property(fc.array(labels, { minLength: 2, maxLength: 4 }), (parts) => {
      const domain = asciiDomain(parts.join('.'))
      if (domain !== undefined) assert.equal(asciiDomain(domain), domain)
    }),
  )
})

test('text that a mailbox was formatted as is formatted the same again', () => {
  const names = fc.string({ unit: fc.constantFrom(...'aZ. ,"\\@()é漢😀=?_'), maxLength: 40 })
  const locals = fc.string({
    unit: fc.constantFrom(...'aZ.+ "\\@é漢'),
    minLength: 1,
    maxLength: 20,
  })
  const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  fc.assert(
    fc.property(names, locals, labels, (name, local, label) => {
      const given = parseMailbox(`${quote(name)} <${quote(local)}@${label}.example>`)
      if (!given) return
      const text = formatMailbox(given)
      const again = parseMailbox(text)
      assert.equal(again?.address, given.address)
      assert.equal(formatMailbox({ ...again, name: decodeWords(again.name) ?? '' }), text)
    }),
    { numRuns: 1_000 },
  )
})

test('a megabyte of anything is refused, explained and read by the decoder without hanging', () => {
  const units = ['a', '"', '\\', '"\\', '<', '>', '@', ',', '.', ' ', '(', 'é', 'xn--', 'a@', '=?']
  const words = ['=?utf-8?q?', '?= ', '=?a*', '=?=?', '?=\t=?']
  for (const unit of [...units, ...words]) {
    const text = unit.repeat(1_000_000 / unit.length)
    for (const whole of [text, `<${text}>`, `"${text}" <a@example.com>`, `a@${text}.example`]) {
      assert.equal(parseMailbox(whole), undefined)
      assert.match(explainMailbox(whole), /longer than 1000/)
    }
    assert.equal(parseMailboxes(text), undefined)
    assert.equal(typeof normaliseAddress(text), 'string')
    assert.equal(asciiDomain(text), undefined)
    assert.equal(typeof decodeWords(text), 'string')
  }
})
