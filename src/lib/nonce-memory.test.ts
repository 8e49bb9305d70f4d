import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NonceMemory } from './nonce-memory.ts'

const windowSeconds = 300

test('a nonce counts once for its owner, and again for another', () => {
  const memory = new NonceMemory({ entriesMax: 10, windowSeconds })
  const one = { nonce: 'a', createdAt: 1_000 }
  assert.equal(memory.admit('shop', one, 1_000), true)
  assert.equal(memory.admit('shop', one, 1_000), 'replayed')
  assert.equal(memory.admit('shop', { ...one, createdAt: 1_001 }, 1_001), 'replayed')
  assert.equal(memory.admit('blog', one, 1_000), true)
})

test('what is older than the window is forgotten, since it is refused for its age', () => {
  const memory = new NonceMemory({ entriesMax: 10, windowSeconds })
  for (const nonce of ['a', 'b', 'c']) memory.admit('shop', { nonce, createdAt: 1_000 }, 1_000)
  assert.equal(memory.size, 3)
  memory.admit('blog', { nonce: 'd', createdAt: 1_301 }, 1_301)
  assert.equal(memory.size, 1)
})

test('a full memory takes from whoever has the most in it, and never takes the same twice', () => {
  const memory = new NonceMemory({ entriesMax: 4, windowSeconds })
  memory.admit('blog', { nonce: 'b', createdAt: 1_000 }, 1_000)
  for (let n = 0; n < 4; n++) {
    assert.equal(memory.admit('shop', { nonce: `s${n}`, createdAt: 1_000 + n }, 1_010), true)
  }
  assert.equal(memory.size, 4)
  assert.equal(memory.admit('shop', { nonce: 's0', createdAt: 1_000 }, 1_010), 'too_old')
  assert.equal(memory.admit('blog', { nonce: 'b', createdAt: 1_000 }, 1_010), 'replayed')
  assert.equal(memory.admit('blog', { nonce: 'c', createdAt: 1_000 }, 1_010), true)
})

test('whatever comes, it stays within its bound and lets nothing in twice', () => {
  const step = fc.record({
    owner: fc.constantFrom('a', 'b', 'c'),
    nonce: fc.nat({ max: 30 }),
    createdAt: fc.integer({ min: -300, max: 300 }),
    later: fc.nat({ max: 40 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const memory = new NonceMemory({ entriesMax: 8, windowSeconds })
      const admitted = new Set<string>()
      let now = 10_000
      for (const { owner, nonce, createdAt: offset, later } of steps) {
        now += later
        // One nonce is of one signature, made at one time.
        const createdAt = 10_000 + offset + nonce
        if (Math.abs(now - createdAt) > windowSeconds) continue
        const signature = `${owner} ${nonce} ${createdAt}`
        const answer = memory.admit(owner, { nonce: signature, createdAt }, now)
        assert.ok(!(answer === true && admitted.has(signature)))
        if (answer === true) admitted.add(signature)
        assert.ok(memory.size <= 8)
      }
    }),
  )
})
