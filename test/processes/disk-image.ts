/** Everything an instance leaves on disk and in its tables, searched for many texts at once in every usual encoding. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { RunningPostern } from './running-postern.ts'

/** Bytes of which at least so many of each encoded text are compared. */
const windowBytes = 8
const tableBits = 22
const fileBytesMax = 512 * 1024 * 1024
const unpackedBytesMax = 64 * 1024 * 1024

export interface Hit {
  place: string
  encoding: string
  text: string
}

interface Pattern {
  bytes: Buffer
  encoding: string
  text: string
}

export class DiskSearch {
  readonly hits: Hit[] = []
  bytes = 0
  places = 0
  private readonly patterns = new Map<string, Pattern[]>()
  private readonly table = new Uint8Array(2 ** tableBits)

  constructor(texts: readonly string[]) {
    for (const text of texts) {
      for (const pattern of encodingsOf(text)) {
        const start = pattern.bytes.toString('latin1', 0, windowBytes)
        const others = this.patterns.get(start)
        if (others) others.push(pattern)
        else this.patterns.set(start, [pattern])
        this.table[slotOf(pattern.bytes, 0)] = 1
      }
    }
  }

  /** Also what is compressed inside, where its first bytes tell. */
  look(place: string, bytes: Buffer): void {
    this.places += 1
    this.scan(place, bytes)
    for (const [name, unpacked] of unpackAll(bytes)) this.scan(`${place} (${name})`, unpacked)
  }

  lookAtFolder(folder: string, { except = [], changedSince = 0 }: FolderChoice = {}): void {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (except.includes(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) this.lookAtFolder(path, { except, changedSince })
      if (!entry.isFile()) continue
      const file = readIfThere(path, changedSince)
      if (file) this.look(path, file)
    }
  }

  private scan(place: string, bytes: Buffer): void {
    this.bytes += bytes.length
    for (let at = 0; at + windowBytes <= bytes.length; at++) {
      if (this.table[slotOf(bytes, at)] === 0) continue
      const start = bytes.toString('latin1', at, at + windowBytes)
      for (const pattern of this.patterns.get(start) ?? []) {
        if (bytes.compare(pattern.bytes, 0, undefined, at, at + pattern.bytes.length) !== 0)
          continue
        this.hits.push({ place, encoding: pattern.encoding, text: pattern.text })
      }
    }
  }
}

interface FolderChoice {
  /** Names of files and folders that are left out. */
  except?: readonly string[]
  changedSince?: number
}

/** A file may go while its folder is read. */
function readIfThere(path: string, changedSince: number): Buffer | undefined {
  try {
    const { mtimeMs, size } = statSync(path)
    return mtimeMs < changedSince || size > fileBytesMax ? undefined : readFileSync(path)
  } catch {
    return undefined
  }
}

function slotOf(bytes: Buffer, at: number): number {
  let hash = 0
  for (let i = 0; i < windowBytes; i++) hash = (Math.imul(hash, 31) + (bytes[at + i] ?? 0)) | 0
  return (hash ^ (hash >>> 11)) & (2 ** tableBits - 1)
}

function encodingsOf(text: string): Pattern[] {
  const plain = Buffer.from(text)
  const wide = Buffer.from(text, 'utf16le')
  const hex = plain.toString('hex')
  const quoted = [...plain].map((byte) => `=${hexOf(byte)}`).join('')
  const escaped = [...plain].map((byte) => `%${hexOf(byte)}`).join('')
  const encoded: [string, Buffer][] = [
    ['utf-8', plain],
    ['upper case', Buffer.from(text.toUpperCase())],
    ['utf-16le', wide],
    ['utf-16be', Buffer.from(wide).swap16()],
    ['hex', Buffer.from(hex)],
    ['hex in capitals', Buffer.from(hex.toUpperCase())],
    ['quoted-printable', Buffer.from(quoted)],
    ['url', Buffer.from(escaped)],
    ['url in small letters', Buffer.from(escaped.toLowerCase())],
    ['reversed', Buffer.from([...text].reverse().join(''))],
  ]
  for (const alignment of [0, 1, 2]) {
    for (const kind of ['base64', 'base64url'] as const) {
      encoded.push([`${kind} at ${alignment}`, base64At(plain, alignment, kind)])
    }
  }
  return encoded.map(([encoding, bytes]) => ({ bytes, encoding, text }))
}

/** The letters that depend on the text alone, wherever it begins among the groups of three bytes. */
function base64At(plain: Buffer, alignment: number, kind: 'base64' | 'base64url'): Buffer {
  const shifted = Buffer.concat([Buffer.alloc(alignment), plain]).toString(kind)
  const first = Math.ceil((alignment * 8) / 6)
  const last = Math.floor(((alignment + plain.length) * 8) / 6)
  return Buffer.from(shifted.slice(first, last))
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase()
}

const formats = [
  { name: 'gzip', start: Buffer.from([0x1f, 0x8b, 0x08]), unpack: gunzipSync },
  { name: 'zstd', start: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), unpack: zstdDecompressSync },
  { name: 'zlib', start: Buffer.from([0x78, 0x9c]), unpack: inflateSync },
  { name: 'zlib fast', start: Buffer.from([0x78, 0x01]), unpack: inflateSync },
]

function* unpackAll(bytes: Buffer): Generator<[string, Buffer]> {
  for (const { name, start, unpack } of formats) {
    for (let at = bytes.indexOf(start); at >= 0; at = bytes.indexOf(start, at + 1)) {
      try {
        // What follows the stream belongs to something else.
        const rest = bytes.subarray(at, at + unpackedBytesMax)
        yield [`${name} at ${at}`, unpack(rest, { maxOutputLength: unpackedBytesMax })]
      } catch {
        // These bytes only look like the beginning of one.
      }
    }
  }
}

/** Every row of every table, the system's own included, as text, and each column of bytes as bytes. */
export async function lookAtTables(search: DiskSearch, postern: RunningPostern): Promise<number> {
  const tables = await postern.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and n.nspname <> 'information_schema'`,
  )
  for (const { name } of tables) {
    const rows = await postern.query<{ line: string }>(`select t::text as line from ${name} t`)
    const text = rows.map(({ line }) => line).join('\n')
    search.look(`table ${name}`, Buffer.from(text))
    const bytes = [...text.matchAll(/\\x([0-9a-f]+)/g)].map(([, hex = '']) =>
      Buffer.from(hex, 'hex'),
    )
    if (bytes.length > 0) search.look(`bytes of ${name}`, Buffer.concat(bytes))
  }
  return tables.length
}
