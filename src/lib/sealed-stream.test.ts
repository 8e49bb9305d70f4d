import assert from 'node:assert/strict'
import { createECDH, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  keyIdOf,
  openStream,
  publicKeyOf,
  SealedStreamFault,
  StreamSealer,
} from './sealed-stream.ts'

const chunk = 64 * 1024
const sealedChunk = chunk + 16
const header = 16 + 16 + 65
const pair = createECDH('prime256v1')
const recipient = pair.generateKeys()
const privateKey = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32)

function sealed(plain: Buffer, pieces = 10_000): Buffer {
  const sealer = new StreamSealer(recipient)
  const parts = [sealer.header]
  for (let at = 0; at < plain.length; at += pieces) {
    parts.push(sealer.push(plain.subarray(at, at + pieces)))
  }
  return Buffer.concat([...parts, sealer.end()])
}

async function opened(bytes: Buffer, key = privateKey, pieces = 7_777): Promise<Buffer> {
  async function* source() {
    for (let at = 0; at < bytes.length; at += pieces) yield bytes.subarray(at, at + pieces)
  }
  const parts: Buffer[] = []
  for await (const part of openStream(source(), key)) parts.push(part)
  return Buffer.concat(parts)
}

async function faultOf(bytes: Buffer, key = privateKey): Promise<string> {
  try {
    await opened(bytes, key)
  } catch (error) {
    assert.ok(error instanceof SealedStreamFault, String(error))
    return error.message
  }
  return 'none'
}

for (const length of [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 17]) {
  test(`${length} bytes open to what was sealed, whatever the pieces they come in`, async () => {
    const plain = randomBytes(length)
    assert.ok((await opened(sealed(plain))).equals(plain))
    assert.ok((await opened(sealed(plain, 200_000), privateKey, 1_000_000)).equals(plain))
  })
}

const plain = randomBytes(3 * chunk + 100)
const bytes = sealed(plain)
const chunkAt = (n: number) => header + n * sealedChunk

test('cut anywhere, it does not open', async () => {
  for (const at of [chunkAt(1), chunkAt(2), chunkAt(3)]) {
    assert.match(await faultOf(bytes.subarray(0, at)), /cut off: its end is missing/)
  }
  for (const at of [chunkAt(0) + 5, chunkAt(1) + 100, bytes.length - 1]) {
    assert.match(await faultOf(bytes.subarray(0, at)), /cut off/)
  }
  assert.match(await faultOf(bytes.subarray(0, header)), /cut off/)
  assert.match(await faultOf(bytes.subarray(0, 40)), /too short/)
})

test('one bit changed anywhere, it does not open', async () => {
  const places = [0, 16, 40, 96, header, chunkAt(1) - 1, chunkAt(2) + 9, bytes.length - 1]
  for (const at of places) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.notEqual(await faultOf(changed), 'none', `at ${at}`)
  }
})

test('chunks in another order, left out, said twice or added do not open', async () => {
  const head = bytes.subarray(0, header)
  const [first, second, third] = [0, 1, 2].map((n) => bytes.subarray(chunkAt(n), chunkAt(n + 1)))
  assert.ok(first && second && third)
  const last = bytes.subarray(chunkAt(3))
  const of = (...parts: Buffer[]) => faultOf(Buffer.concat([head, ...parts]))
  assert.match(await of(second, first, third, last), /part 1 was changed, or stands in the wrong/)
  assert.match(await of(first, third, last), /part 2 was changed/)
  assert.match(await of(first, first, second, third, last), /part 2 was changed/)
  assert.notEqual(await of(first, second, third, last, last), 'none')
  const whole = sealed(randomBytes(2 * chunk))
  assert.match(await faultOf(Buffer.concat([whole, Buffer.of(0)])), /added behind its end/)
})

test('another key opens nothing, and is told which one it takes', async () => {
  const other = createECDH('prime256v1')
  other.generateKeys()
  const key = Buffer.concat([Buffer.alloc(32), other.getPrivateKey()]).subarray(-32)
  const said = await faultOf(bytes, key)
  assert.ok(said.includes(`made for the key ${keyIdOf(recipient).slice(0, 8)}`), said)
  assert.ok(said.includes(`this is the key ${keyIdOf(publicKeyOf(key)).slice(0, 8)}`), said)
})

test('what is no point of the curve is no recipient, and what is no key is none', () => {
  assert.throws(() => new StreamSealer(Buffer.alloc(65, 4)), RangeError)
  assert.throws(() => new StreamSealer(recipient.subarray(0, 33)), RangeError)
  assert.throws(() => publicKeyOf(Buffer.alloc(32)), RangeError)
})

test('two files of the same bytes to the same key have nothing in common but the head', () => {
  const [one, other] = [sealed(plain), sealed(plain)]
  assert.ok(!one.subarray(header, header + 1000).equals(other.subarray(header, header + 1000)))
  assert.ok(!one.includes(plain.subarray(0, 32)))
})
