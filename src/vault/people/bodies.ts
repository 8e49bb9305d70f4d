/** The bodies of what is asked about people, as console sends them. What is none is a RangeError: a bug, or an intruder. */
import { itemsMax } from '../protocol.ts'
import { parseJson } from '../server.ts'
import type { NamedRecord, PersonRequest } from './contract.ts'

type Fields = Record<string, unknown>

export function readPersonRequest(body: Buffer): { h1: Buffer | null; request: PersonRequest } {
  const { h1, request } = fields(parseJson(body))
  const asked = fields(request)
  for (const [name, value] of Object.entries(asked)) checkDepth(name, value)
  if (typeof asked.kind !== 'string') throw new RangeError('a request has a kind')
  // The kind decides in `People.answer`; what a request of that kind holds is checked where it is used.
  return { h1: h1 === null ? null : hexBytes(h1, 32), request: asked as unknown as PersonRequest }
}

/** Signed columns come of these: nothing in them is longer or deeper than people need. */
function checkDepth(name: string, value: unknown): void {
  if (JSON.stringify(value).length > 16_384) throw new RangeError(`${name} is too long`)
}

export function readOpenPeople(body: Buffer): { h1: Buffer; records: NamedRecord[] } {
  const { h1, records } = fields(parseJson(body))
  if (!Array.isArray(records) || records.length > itemsMax) throw new RangeError('not records')
  return { h1: hexBytes(h1, 32), records: records.map(readRecord) }
}

export function readOpenNotice(body: Buffer): { noticeId: string; record: NamedRecord } {
  const { noticeId, record } = fields(parseJson(body))
  return { noticeId: text(noticeId), record: readRecord(record) }
}

function readRecord(value: unknown): NamedRecord {
  const { owner, recordId, keyVersion, sessionPublic } = fields(value)
  if (typeof keyVersion !== 'number') throw new RangeError('a key version is a number')
  return {
    owner: text(owner),
    recordId: text(recordId),
    keyVersion,
    sessionPublic: hexBytes(sessionPublic, 32),
  }
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new RangeError('not an object')
  return value as Fields // any object has fields
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new RangeError('not a text')
  return value
}

function hexBytes(value: unknown, length: number): Buffer {
  const bytes = Buffer.from(text(value), 'hex')
  if (bytes.length !== length) throw new RangeError(`${length} bytes are wanted`)
  return bytes
}
