import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { checkpointBytes, Frontier, leafHash } from './merkle.ts'

/** The eight inputs and the roots over the first n of them that certificate transparency implementations test with. */
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

/** The inputs are bytes below 0x80, so each is its own UTF-8 text. */
function textOf(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1')
}

function frontierOf(lines: readonly string[]): Frontier {
  const frontier = new Frontier()
  for (const line of lines) frontier.append(leafHash(line))
  return frontier
}

/** The definition of RFC 6962 §2.1, word for word: split at the largest power of two below n. */
function rootByDefinition(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest()
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return createHash('sha256')
    .update(Buffer.of(1))
    .update(rootByDefinition(leaves.slice(0, split)))
    .update(rootByDefinition(leaves.slice(split)))
    .digest()
}

test('the roots of zero to eight lines are the known ones', () => {
  for (const [size, root] of roots.entries()) {
    const frontier = frontierOf(inputs.slice(0, size).map(textOf))
    assert.equal(frontier.root().toString('hex'), root, `size ${size}`)
    assert.equal(frontier.size, size)
  }
})

test('growing line by line gives the tree that the definition gives', () => {
  const frontier = new Frontier()
  const leaves: Buffer[] = []
  for (let n = 0; n < 130; n++) {
    leaves.push(leafHash(`line ${n}`))
    frontier.append(leafHash(`line ${n}`))
    assert.deepEqual(frontier.root(), rootByDefinition(leaves))
  }
})

test('a frontier that was stored and restored at any size grows on as if nothing had happened', () => {
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`)
  const whole = frontierOf(lines).root()
  for (let cut = 0; cut <= lines.length; cut++) {
    const before = frontierOf(lines.slice(0, cut))
    const after = Frontier.restore(cut, before.serialise())
    for (const line of lines.slice(cut)) after.append(leafHash(line))
    assert.deepEqual(after.root(), whole)
    assert.equal(after.size, lines.length)
  }
})

test('a stored frontier that does not fit its size is refused', () => {
  const three = frontierOf(['a', 'b', 'c']).serialise()
  assert.throws(() => Frontier.restore(4, three), RangeError)
  assert.throws(() => Frontier.restore(3, three.subarray(1)), RangeError)
  assert.throws(() => Frontier.restore(-1, Buffer.alloc(0)), RangeError)
  assert.throws(() => Frontier.restore(1.5, Buffer.alloc(32)), RangeError)
})

test('what is appended must be a hash', () => {
  assert.throws(() => new Frontier().append(Buffer.alloc(31)), RangeError)
})

test('a line counts by its UTF-8 bytes, and a leaf can never be read as a node', () => {
  const expected = createHash('sha256')
    .update(Buffer.of(0, 0xc3, 0xa9))
    .digest()
  assert.deepEqual(leafHash('é'), expected)
})

test('a checkpoint says its format, the size and the root in base64, each on a line', () => {
  const bytes = checkpointBytes(2, Buffer.alloc(32, 1))
  assert.equal(
    bytes.toString('utf8'),
    'postern ledger 1\n2\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n',
  )
})
