/**
 * Drill D9: somebody has the table of users and the list that every cracker begins with. What is stored of a password is
 * of no use without vault's pepper, guessing at the door is slow, and what is on the list cannot be chosen.
 */
import assert from 'node:assert/strict'
import { createHmac, hkdfSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { becomePerson } from '../../src/core/people/links.ts'
import { PasswordHasher } from '../../src/core/people/password.ts'
import { PasswordRules } from '../../src/core/people/password-rules.ts'
import { signIn } from '../../src/core/people/sign-in.ts'
import { uuidBytes } from '../../src/lib/uuid.ts'
import { browserKey, client, type TestPeople, testPeople } from '../people/people-support.ts'

/** The first of every public list; the drill alone goes round the rules. */
const listed = ['123456', 'password', 'letmein']
const anyPassword = { demand: () => {} } as unknown as PasswordRules // the only method that is called

let people: TestPeople
let stolen: { id: string; hash: string; salt: string }[]

before(async () => {
  people = await testPeople()
  for (const [n, password] of listed.entries()) {
    const token = await people.ownerLink(await people.makeAccount(`Victim${n}`))
    const person = { name: `Victim ${n}`, email: `victim${n}@example.com`, password }
    await becomePerson({ ...people.deps, passwordRules: anyPassword }, token, person)
  }
  stolen = (await people.database.query(
    "select id, columns #>> '{password,hash}' as hash, columns #>> '{password,salt}' as salt from postern.users",
  )) as typeof stolen // as the statement names them
})
after(() => people.end())

/** How many of the stolen hashes a cracker opens with the list; `finish` is what it knows to do after argon2id. */
async function crack(finish: (hash: Buffer, userId: string) => Buffer): Promise<number> {
  const hasher = new PasswordHasher()
  let opened = 0
  for (const { id, hash, salt } of stolen) {
    for (const guess of listed) {
      const made = finish(await hasher.hash(guess, Buffer.from(salt, 'hex')), id)
      if (made.toString('hex') === hash) opened++
    }
  }
  return opened
}

test('the table of users and the list together open nothing', async () => {
  assert.equal(stolen.length, listed.length)
  assert.equal(await crack((hash) => hash), 0)
})

test('the same cracker opens all of them once it has vault’s root key, so it works', async () => {
  const { rootKey } = people.vault
  const purpose = 'postern password pepper 1'
  const pepper = Buffer.from(hkdfSync('sha256', rootKey, Buffer.alloc(0), purpose, 32))
  const withPepper = (hash: Buffer, userId: string) =>
    createHmac('sha256', pepper).update(uuidBytes(userId)).update(hash).digest()
  assert.equal(await crack(withPepper), listed.length)
})

test('a stored hash shown at the door as if it were the password’s lets nobody in', async () => {
  const [victim] = stolen
  const outcome = await people.deps.vault.people(null, {
    kind: 'sign_in',
    userId: victim?.id ?? '',
    password: victim?.hash ?? '',
    session: { id: victim?.id ?? '', h2: '00'.repeat(32), browserKey: browserKey() },
  })
  assert.equal(outcome.outcome, 'refused')
})

test('guessing at the door from ever new browsers gets ten tries a minute and no further', async () => {
  let refused = 0
  let locked = 0
  for (let n = 0; n < 14; n++) {
    const guess = { email: 'victim2@example.com', password: `guess number ${n}` }
    await signIn(people.deps, { ...guess, browserKey: browserKey(), client }).then(
      () => assert.fail('a guess was let in'),
      ({ code }: { code?: string }) => (code === 'rate_limited' ? locked++ : refused++),
    )
  }
  assert.deepEqual([refused, locked], [10, 4])
})

test('what is on the list cannot be chosen', () => {
  const rules = new PasswordRules()
  const owner = { address: 'ada@example.com', name: 'Ada' }
  for (const word of listed) {
    assert.throws(() => rules.demand(word, owner), { code: 'invalid_input' })
    assert.throws(() => rules.demand(word.repeat(4), owner), { code: 'invalid_input' })
  }
})
