/** Time-ordered ids (UUID version 7, RFC 9562 §5.7): index pages stay hot, and sorting by id sorts by time. */
import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafe(10 * 512)
let poolOffset = pool.length

const variant = '89ab'
const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function uuidv7(nowMs: number): string {
  if (poolOffset >= pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  const time = nowMs.toString(16).padStart(12, '0')
  const random = pool.toString('hex', poolOffset, poolOffset + 10)
  poolOffset += 10
  const high = variant[Number.parseInt(random.slice(3, 4), 16) & 3]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${high}${random.slice(4, 7)}-${random.slice(7, 19)}`
}

export function isUuid(text: string): boolean {
  return pattern.test(text)
}

/** The 16 bytes of an id, as keys and additional data use them. */
export function uuidBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

export function uuidFromBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** When an id of version 7 was made, in milliseconds. */
export function idMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
