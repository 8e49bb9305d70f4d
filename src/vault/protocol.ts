/**
 * Frames on vault's socket: u32 length of what follows, u8 operation (or status), u32 request id, body. The first frame
 * of a connection is `hello`; each role may use only its own operations; whatever else comes ends the connection.
 */
export const operations = {
  hello: 1,
  keys: 2,
  accountKeys: 3,
  openLeased: 4,
  openFor: 5,
  sign: 6,
  authorise: 7,
  unseal: 8,
  status: 9,
  openAttachments: 10,
  openLink: 11,
  people: 12,
  openPeople: 13,
  openNotice: 14,
  noteIdentity: 15,
} as const
export type Operation = keyof typeof operations

export type CallerRole = 'api' | 'smtp' | 'console' | 'deliver' | 'jobs' | 'inbox' | 'operator'

export const allowed: Record<CallerRole, ReadonlySet<Operation>> = {
  api: new Set<Operation>(['keys', 'accountKeys', 'openFor', 'openLink', 'authorise', 'status']),
  smtp: new Set<Operation>(['keys', 'accountKeys', 'status']),
  console: new Set<Operation>([
    'keys',
    'accountKeys',
    'openFor',
    'authorise',
    'status',
    'people',
    'openPeople',
    'openNotice',
  ]),
  deliver: new Set<Operation>(['keys', 'openLeased', 'sign', 'status']),
  jobs: new Set<Operation>(['authorise', 'openAttachments', 'noteIdentity', 'status']),
  inbox: new Set<Operation>(['keys', 'status']),
  // accountKeys: with an account's API key in hand the operator finds the account's messages by their tags.
  operator: new Set<Operation>(['keys', 'accountKeys', 'authorise', 'unseal', 'status']),
}

export const frameBytesMax = 1024 * 1024
export const itemsMax = 256
const headerBytes = 5

export const answerStatus = { done: 0, refused: 1 } as const

export interface Frame {
  /** An operation in a request, a status in an answer. */
  code: number
  requestId: number
  body: Buffer
}

export function encodeFrame({ code, requestId, body }: Frame): Buffer {
  if (body.length + headerBytes > frameBytesMax) throw new RangeError('the frame is over 1 MiB')
  const frame = Buffer.allocUnsafe(4 + headerBytes + body.length)
  frame.writeUInt32BE(headerBytes + body.length, 0)
  frame.writeUInt8(code, 4)
  frame.writeUInt32BE(requestId, 5)
  body.copy(frame, 9)
  return frame
}

/** Cuts a stream into frames; throws RangeError when one is longer than allowed or too short to be one. */
export class FrameReader {
  private held: Buffer = Buffer.alloc(0)

  take(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk])
    while (this.held.length >= 4) {
      const length = this.held.readUInt32BE(0)
      if (length < headerBytes || length > frameBytesMax) throw new RangeError('not a frame')
      if (this.held.length < 4 + length) break
      const frame = this.held.subarray(4, 4 + length)
      this.held = this.held.subarray(4 + length)
      frames.push({
        code: frame.readUInt8(0),
        requestId: frame.readUInt32BE(1),
        body: frame.subarray(headerBytes),
      })
    }
    return frames
  }
}

export function operationOf(code: number): Operation | undefined {
  const found = Object.entries(operations).find(([, value]) => value === code)
  return found?.[0] as Operation | undefined // the keys of `operations` are the operations
}

export function jsonBody(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
