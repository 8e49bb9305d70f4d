/**
 * A stream of any length that only the holder of one P-256 private key can read (docs/export-format.md). It is sealed
 * chunk by chunk, so that both sides need little memory; the nonce of a chunk is its number and whether it is the last
 * one, so that a stream which was cut, reordered or added to does not open.
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  type ECDH,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { secretKey } from './seal.ts'

const curve = 'prime256v1'
const magic = Buffer.from('postern sealed 1')
const keyIdBytes = 16
/** An uncompressed point. */
export const pointBytes = 65
const headerBytes = magic.length + keyIdBytes + pointBytes
const nonceBytes = 12
const tagBytes = 16
const chunkBytes = 64 * 1024
const sealedChunkBytes = chunkBytes + tagBytes

/** By which people tell one key from another: hex, of the SHA-256 of its uncompressed point. */
export function keyIdOf(publicKey: Buffer): string {
  return idOf(publicKey).toString('hex')
}

function idOf(publicKey: Buffer): Buffer {
  return createHash('sha256').update(publicKey).digest().subarray(0, keyIdBytes)
}

/** The uncompressed point of a private key; RangeError for bytes that are none. */
export function publicKeyOf(privateKey: Buffer): Buffer {
  const pair = createECDH(curve)
  try {
    pair.setPrivateKey(privateKey)
    return pair.getPublicKey()
  } catch (cause) {
    throw new RangeError('not a private key of P-256', { cause })
  }
}

function chunkKey(shared: Buffer, header: Buffer, recipient: Buffer): KeyObject {
  const salt = Buffer.concat([header, recipient])
  return secretKey(Buffer.from(hkdfSync('sha256', shared, salt, magic, 32)))
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(nonceBytes)
  nonce.writeBigUInt64BE(BigInt(number), 3)
  nonce.writeUInt8(isLast ? 1 : 0, nonceBytes - 1)
  return nonce
}

export class StreamSealer {
  /** Goes before everything else. */
  readonly header: Buffer
  private readonly key: KeyObject
  private held: Buffer[] = []
  private heldBytes = 0
  private number = 0

  /** An uncompressed point; RangeError for bytes that are none. */
  constructor(recipient: Buffer) {
    const pair = createECDH(curve)
    const ephemeral = pair.generateKeys()
    this.header = Buffer.concat([magic, idOf(recipient), ephemeral])
    this.key = chunkKey(sharedWith(pair, recipient), this.header, recipient)
  }

  /** What can be sealed by now; a chunk waits until it is known that it is not the last one. */
  push(bytes: Buffer): Buffer {
    this.held.push(bytes)
    this.heldBytes += bytes.length
    if (this.heldBytes <= chunkBytes) return Buffer.alloc(0)
    const whole = Buffer.concat(this.held)
    const sealed: Buffer[] = []
    let at = 0
    for (; whole.length - at > chunkBytes; at += chunkBytes) {
      sealed.push(...this.seal(whole.subarray(at, at + chunkBytes), false))
    }
    this.held = [whole.subarray(at)]
    this.heldBytes = whole.length - at
    return Buffer.concat(sealed)
  }

  /** The last chunk. */
  end(): Buffer {
    return Buffer.concat(this.seal(Buffer.concat(this.held), true))
  }

  private seal(chunk: Buffer, isLast: boolean): Buffer[] {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonceOf(this.number, isLast))
    this.number += 1
    return [cipher.update(chunk), cipher.final(), cipher.getAuthTag()]
  }
}

function sharedWith(pair: ECDH, point: Buffer): Buffer {
  if (point.length !== pointBytes) throw new RangeError(`a public key has ${pointBytes} bytes`)
  try {
    return pair.computeSecret(point)
  } catch (cause) {
    throw new RangeError('not a point of P-256', { cause })
  }
}

/** The stream is not what was sealed to this key; the message says how. */
export class SealedStreamFault extends Error {
  override readonly name = 'SealedStreamFault'
}

/** What was sealed, in its order. Throws SealedStreamFault as soon as something is wrong, at the latest at the end. */
export async function* openStream(
  source: AsyncIterable<Buffer>,
  privateKey: Buffer,
): AsyncGenerator<Buffer> {
  let key: KeyObject | undefined
  let number = 0
  let held = Buffer.alloc(0)
  for await (const part of source) {
    held = Buffer.concat([held, part])
    if (!key) {
      if (held.length < headerBytes) continue
      key = openHeader(held.subarray(0, headerBytes), privateKey)
      held = held.subarray(headerBytes)
    }
    while (held.length > sealedChunkBytes) {
      yield openInner(held.subarray(0, sealedChunkBytes), key, number)
      number += 1
      held = held.subarray(sealedChunkBytes)
    }
  }
  if (!key) throw new SealedStreamFault('it is too short to be an export of Postern')
  yield openLast(held, key, number)
}

function openHeader(header: Buffer, privateKey: Buffer): KeyObject {
  if (!header.subarray(0, magic.length).equals(magic)) {
    throw new SealedStreamFault('it is no export of Postern: it begins with something else')
  }
  const own = publicKeyOf(privateKey)
  const id = header.subarray(magic.length, magic.length + keyIdBytes)
  if (!id.equals(idOf(own))) {
    const [wanted, given] = [id.toString('hex').slice(0, 8), keyIdOf(own).slice(0, 8)]
    throw new SealedStreamFault(`it was made for the key ${wanted}, and this is the key ${given}`)
  }
  const pair = createECDH(curve)
  pair.setPrivateKey(privateKey)
  try {
    const shared = sharedWith(pair, header.subarray(magic.length + keyIdBytes))
    return chunkKey(shared, header, own)
  } catch (cause) {
    throw new SealedStreamFault('its head was changed', { cause })
  }
}

function openInner(sealed: Buffer, key: KeyObject, number: number): Buffer {
  const opened = unseal(sealed, key, nonceOf(number, false))
  if (opened) return opened
  if (unseal(sealed, key, nonceOf(number, true))) {
    throw new SealedStreamFault('something was added behind its end')
  }
  throw new SealedStreamFault(`its part ${number + 1} was changed, or stands in the wrong place`)
}

function openLast(sealed: Buffer, key: KeyObject, number: number): Buffer {
  const opened = unseal(sealed, key, nonceOf(number, true))
  if (opened) return opened
  if (sealed.length === 0 || unseal(sealed, key, nonceOf(number, false))) {
    throw new SealedStreamFault('it was cut off: its end is missing. Download it again')
  }
  throw new SealedStreamFault(`its part ${number + 1} was changed, or it was cut off in it`)
}

function unseal(sealed: Buffer, key: KeyObject, nonce: Buffer): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined
  const at = sealed.length - tagBytes
  const options = { authTagLength: tagBytes }
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, options)
  decipher.setAuthTag(sealed.subarray(at))
  const opened = decipher.update(sealed.subarray(0, at))
  try {
    return Buffer.concat([opened, decipher.final()])
  } catch {
    // The tag does not fit: an answer like any other here.
    return undefined
  }
}
