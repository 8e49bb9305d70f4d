/** Reading and writing of length-prefixed binary records; every length is checked before it is believed. */
export class ByteReader {
  private readonly bytes: Buffer
  private offset = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get remaining(): number {
    return this.bytes.length - this.offset
  }

  u8(): number {
    return this.take(1).readUInt8(0)
  }

  u16(): number {
    return this.take(2).readUInt16BE(0)
  }

  u32(): number {
    return this.take(4).readUInt32BE(0)
  }

  /** The next `length` bytes, without copying. Throws RangeError when there are fewer. */
  take(length: number): Buffer {
    if (length > this.remaining) {
      throw new RangeError(`the record ends ${length - this.remaining} bytes too early`)
    }
    this.offset += length
    return this.bytes.subarray(this.offset - length, this.offset)
  }

  /** A field that begins with its length as u32. */
  field(): Buffer {
    return this.take(this.u32())
  }

  text(): string {
    return this.field().toString('utf8')
  }
}

export class ByteWriter {
  private readonly parts: Buffer[] = []

  u8(value: number): this {
    const bytes = Buffer.allocUnsafe(1)
    bytes.writeUInt8(value)
    return this.raw(bytes)
  }

  u16(value: number): this {
    const bytes = Buffer.allocUnsafe(2)
    bytes.writeUInt16BE(value)
    return this.raw(bytes)
  }

  u32(value: number): this {
    const bytes = Buffer.allocUnsafe(4)
    bytes.writeUInt32BE(value)
    return this.raw(bytes)
  }

  raw(bytes: Buffer): this {
    this.parts.push(bytes)
    return this
  }

  field(bytes: Buffer): this {
    return this.u32(bytes.length).raw(bytes)
  }

  text(value: string): this {
    return this.field(Buffer.from(value, 'utf8'))
  }

  done(): Buffer {
    return Buffer.concat(this.parts)
  }
}
