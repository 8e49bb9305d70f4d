import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import { dictionary } from '@zxcvbn-ts/language-common'
import fc from 'fast-check'
import { Refusal } from '../../lib/refusal.ts'
import { PasswordRules } from './password-rules.ts'

const rules = new PasswordRules()
const owner = { address: 'ada.lovelace@analytical.example', name: 'Ada Lovelace' }

/** The words of the refusal, or undefined when the password may be chosen. */
function refusalOf(password: string): string | undefined {
  try {
    rules.demand(password, owner)
    return undefined
  } catch (error) {
    assert.ok(error instanceof Refusal, `${error}`)
    assert.equal(error.code, 'invalid_input')
    return error.message
  }
}

const common = dictionary['passwords-common'].map(String)
const top = common.slice(0, 10_000)
const filled = (word: string, filling: string) =>
  word.length >= 15 ? word + filling[0] : word + filling.repeat(15).slice(0, 15 - word.length)

test('every common password is refused', () => {
  assert.ok(common.length >= 10_000, `${common.length}`)
  assert.deepEqual(
    common.filter((word) => !refusalOf(word)),
    [],
  )
})

const madeLong: Record<string, (word: string) => string> = {
  'written twice': (word) => word + word,
  'written until it is long enough': (word) => filled(word, word),
  'written twice with a space': (word) => `${word} ${word}`,
  'written twice and numbered': (word) => `${word}1${word}2`,
  'filled with marks': (word) => filled(word, '!'),
  'filled with its last character': (word) => filled(word, word.at(-1) ?? ''),
  'filled with a year': (word) => filled(word, '2024'),
  'put behind ones': (word) => '1'.repeat(Math.max(1, 15 - word.length)) + word,
}
for (const [how, make] of Object.entries(madeLong)) {
  test(`each of the top 10,000 is refused when ${how}`, () => {
    const through = top.map(make).filter((password) => !refusalOf(password))
    assert.deepEqual(through, [])
  })
}

test('each of the top 1,000 is refused when filled with digits in their order', () => {
  const made = top.slice(0, 1_000).map((word) => filled(word, '1234567890'))
  assert.deepEqual(
    made.filter((password) => !refusalOf(password)),
    [],
  )
})

const refused: [string, RegExp][] = [
  ['', /at least 15/],
  ['fourteen chars', /at least 15/],
  // 14 code points in 28 units, and 14 characters in 28 code points until they are composed.
  ['🦔'.repeat(14), /at least 15/],
  ['a\u0308'.repeat(14), /at least 15/],
  [randomBytes(97).toString('base64url').slice(0, 129), /at most 128/],
  [`wolf lantern gravel ${'\ud800'}`, /half of a character/],
  ['passwordpassword', /repeat itself/],
  ['PasswordPASSWORD', /repeat itself/],
  ['iloveyou iloveyou', /repeat itself/],
  ['密码密码密码密码密码密码密码密码', /repeat itself/],
  ['                ', /repeat itself/],
  ['123456789012345', /repeat itself/],
  ['qwertyuiopasdfghjkl', /guessed first/],
  ['P@ssw0rd!!!!!!!!', /guessed first/],
  ['ada.lovelace@analytical.example', /your name/],
  ['AdaLovelaceAda1', /your name/],
  ['lovelace-postern', /your name/],
  ['ＰＯＳＴＥＲＮ analytical 1', /your name/],
  ['postern-password', /guessed first/],
]
for (const [password, words] of refused) {
  test(`refused, ${words}: ${JSON.stringify(password).slice(0, 40)}`, () => {
    const message = refusalOf(password)
    assert.match(message ?? '', words)
    assert.match(message ?? '', /^The `password` field .*\. [A-Z].*\.$/)
  })
}

for (const password of [
  'wolf lantern gravel opera',
  'wolflanterngravelopera',
  'ada wolf lantern gravel opera',
  '🦔🦊🐢🦉🐝🦂🐙🦀🐠🦜🦩🐊🐘🦒🐪',
  'der Übergang über die Öde',
  '七月流火九月授衣一之日觱发二之日栗烈',
  'a'.repeat(3) + randomBytes(16).toString('hex'),
  randomBytes(96).toString('base64url'),
]) {
  test(`accepted, whatever it is made of: ${password.slice(0, 40)}`, () => {
    assert.equal(refusalOf(password), undefined)
  })
}

test('a password of what stands before the @ is refused, also where the name says nothing of it', () => {
  const address = 'quibbleworth.zanthorpe@example.org'
  for (const password of [
    'quibbleworthzanthorpe',
    'Zanthorpe-Quibbleworth',
    'quibbleworth 1x zap',
  ]) {
    assert.throws(() => rules.demand(password, { address, name: 'Ada' }), /your address/, password)
    assert.doesNotThrow(() => rules.demand('wolflanterngravelopera', { address, name: 'Ada' }))
  }
})

test('64 characters of any script are accepted', () => {
  for (const [first, count] of [
    [0x410, 64],
    [0x4e00, 5000],
    [0x1f300, 500],
    [0xac00, 5000],
  ] as const) {
    const points = Array.from({ length: 64 }, () => first + randomInt(count))
    assert.equal(refusalOf(String.fromCodePoint(...points)), undefined)
  }
})

test('four words picked at random are accepted', () => {
  const words = dictionary['diceware-common'].map(String)
  const pick = () => words[randomInt(words.length)]
  for (let i = 0; i < 200; i++) {
    const passphrase = [pick(), pick(), pick(), pick()].join(' ')
    assert.equal(refusalOf(passphrase), undefined, passphrase)
  }
})

test('random characters are accepted, and who one is does not matter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (address, name) => {
      rules.demand(randomBytes(24).toString('base64url'), { address, name })
    }),
  )
})

test('whatever is typed is accepted or refused, never an error of another kind', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 140 }), (password) => {
      refusalOf(password)
    }),
  )
})
