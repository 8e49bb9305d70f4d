/** Writing ASN.1 in DER (X.690): what a certificate needs, and no reading. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** The year from which RFC 5280 §4.1.2.5 wants GeneralizedTime. */
const generalizedFrom = 2050

export function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const digits = bigEndian(length)
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length), digits, content])
}

export const sequence = (...parts: Buffer[]): Buffer => tagged(tags.sequence, Buffer.concat(parts))
export const set = (...parts: Buffer[]): Buffer => tagged(tags.set, Buffer.concat(parts))
export const octetString = (content: Buffer): Buffer => tagged(tags.octetString, content)
export const utf8String = (text: string): Buffer => tagged(tags.utf8String, Buffer.from(text))
export const boolean = (value: boolean): Buffer => tagged(tags.boolean, Buffer.of(value ? 0xff : 0))

/** All bits are used but the last `unused` ones. */
export function bitString(content: Buffer, unused = 0): Buffer {
  return tagged(tags.bitString, Buffer.concat([Buffer.of(unused), content]))
}

/** A number that is not negative, big-endian; zeros in front that are not needed are left out. */
export function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  const isNegative = digits.readUInt8(0) >= 0x80
  return tagged(tags.integer, isNegative ? Buffer.concat([Buffer.of(0), digits]) : digits)
}

/** `1.2.840.10045.2.1`, say. */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number)
  return tagged(
    tags.objectIdentifier,
    Buffer.concat([first * 40 + second, ...others].map(baseOneTwentyEight)),
  )
}

export function time(date: Date): Buffer {
  // 2026-11-26T11:13:15.000Z
  const digits = date.toISOString().slice(0, 19).replace(/[-:T]/g, '')
  return date.getUTCFullYear() < generalizedFrom
    ? tagged(tags.utcTime, Buffer.from(`${digits.slice(2)}Z`))
    : tagged(tags.generalizedTime, Buffer.from(`${digits}Z`))
}

function baseOneTwentyEight(number: number): Buffer {
  const digits = [number & 0x7f]
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return Buffer.from(digits)
}

function bigEndian(number: number): Buffer {
  const digits: number[] = []
  for (let rest = number; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff)
  return Buffer.from(digits)
}
