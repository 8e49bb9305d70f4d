import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { test } from 'node:test'
import { Refusal } from '../../lib/refusal.ts'
import { newSalt, PasswordHasher } from './password.ts'

const hasher = new PasswordHasher()
const salt = Buffer.alloc(16, 2)

test('RFC 9106 §5.3: what Node computes is argon2id', () => {
  const tag = argon2Sync('argon2id', {
    message: Buffer.alloc(32, 1),
    nonce: salt,
    parallelism: 4,
    tagLength: 32,
    memory: 32,
    passes: 3,
    secret: Buffer.alloc(8, 3),
    associatedData: Buffer.alloc(12, 4),
  })
  const expected = '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'
  assert.equal(tag.toString('hex'), expected)
})

test('a password is hashed with 64 MiB, three passes and one lane, to 32 bytes', async () => {
  const tag = argon2Sync('argon2id', {
    message: Buffer.from('wolf lantern gravel opera'),
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: 65_536,
    passes: 3,
  })
  assert.deepEqual(await hasher.hash('wolf lantern gravel opera', salt), tag)
})

test('the same characters in another composition are the same password', async () => {
  const [composed, decomposed, compatible] = await Promise.all(
    ['\u00e9ﬁ', 'e\u0301ﬁ', '\u00e9fi'].map((password) => hasher.hash(password, salt)),
  )
  assert.deepEqual(composed, decomposed)
  assert.notDeepEqual(composed, compatible)
})

test('another salt makes another hash, and no salt is made twice', async () => {
  const [first, second] = [newSalt(), newSalt()]
  assert.equal(first.length, 16)
  assert.notDeepEqual(first, second)
  assert.notDeepEqual(await hasher.hash('one', first), await hasher.hash('one', second))
})

test('who finds the line full is refused and told when to come back; the others are served', async () => {
  const small = new PasswordHasher({ atOnceMax: 1, waitingMax: 2 })
  const waiting = [1, 2, 3].map((n) => small.hash(`password ${n}`, salt))
  await assert.rejects(small.hash('one too many', salt), (error) => {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'rate_limited')
    assert.ok(error.retryAfterSeconds)
    return true
  })
  const hashes = await Promise.all(waiting)
  assert.equal(new Set(hashes.map((one) => one.toString('hex'))).size, 3)
  assert.equal((await small.hash('free again', salt)).length, 32)
})
