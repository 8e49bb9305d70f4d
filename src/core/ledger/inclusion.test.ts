import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HashSource, ProofTree, rootByPath } from './inclusion.ts'
import { Frontier, leafHash, nodeHash } from './merkle.ts'

const lineAt = (position: number) => `["line ${position}"]`

function rootOf(size: number): Buffer {
  const tree = new Frontier()
  for (let n = 0; n < size; n++) tree.append(leafHash(lineAt(n)))
  return tree.root()
}

function perfect(level: number, place: number): Buffer {
  if (level === 0) return leafHash(lineAt(place))
  return nodeHash(perfect(level - 1, place * 2), perfect(level - 1, place * 2 + 1))
}

/** A ledger in memory that has stored its first `stored` subtrees of 256 lines. */
function sourceOf(stored: number, asked: string[] = []): HashSource {
  return async (level, first, count) => {
    asked.push(`${level}/${first}/${count}`)
    const places = Array.from({ length: count }, (_, n) => first + n)
    const known = level === 0 ? places : level === 8 ? places.filter((one) => one < stored) : []
    return known.map((place) => ({ place, hash: perfect(level, place) }))
  }
}

test('every line of trees of many sizes is proved', async () => {
  for (const size of [1, 2, 3, 7, 8, 9, 255, 256, 257, 300, 511, 512, 700]) {
    const root = rootOf(size)
    const tree = new ProofTree(size, sourceOf(Math.floor(size / 256)))
    for (let position = 0; position < size; position += size > 100 ? 37 : 1) {
      const path = await tree.pathOf(position)
      const found = rootByPath(lineAt(position), { position, size, path })
      assert.deepEqual(found, root, `line ${position} of ${size}`)
    }
  }
})

test('a proof is for its line, its position and its size only', async () => {
  const size = 300
  const root = rootOf(size)
  const path = await new ProofTree(size, sourceOf(1)).pathOf(17)
  const proves = (line: string, position: number, of: number, by = path) =>
    rootByPath(line, { position, size: of, path: by })?.equals(root) ?? false
  assert.equal(proves(lineAt(17), 17, size), true)
  assert.equal(proves(lineAt(18), 17, size), false)
  assert.equal(proves(lineAt(17), 18, size), false)
  assert.equal(proves(lineAt(17), 17, 600), false)
  assert.equal(proves(lineAt(17), 17, size, path.slice(1)), false)
  assert.equal(proves(lineAt(17), 17, size, [...path, Buffer.alloc(32)]), false)
  assert.equal(proves(lineAt(17), 400, size), false)
})

test('subtrees that are not stored yet are made of their lines', async () => {
  const size = 1100
  const root = rootOf(size)
  for (const stored of [0, 2, 4]) {
    const path = await new ProofTree(size, sourceOf(stored)).pathOf(5)
    assert.deepEqual(rootByPath(lineAt(5), { position: 5, size, path }), root)
  }
})

test('with its subtrees stored, a line takes the lines of its own 256 and of the last ones only', async () => {
  const asked: string[] = []
  await new ProofTree(1100, sourceOf(4, asked)).pathOf(300)
  assert.deepEqual(asked.sort(), ['0/1024/76', '0/256/256', '8/0/4'])
})
