/**
 * What stands in an export before it is sealed: files, as pieces that each name the file they continue. The last file is
 * the manifest, which has the length and the hash of every file of rows; the rows of messages have those of the contents.
 */
import { createHash, type Hash } from 'node:crypto'
import { ByteWriter } from '../../lib/bytes.ts'

export const exportFormat = 'postern export 1'
export const manifestName = 'manifest.json'

/** The files of rows, one for each noun, in the order in which they begin. */
export const rowFiles = [
  'account',
  'members',
  'invitations',
  'domains',
  'api_keys',
  'suppressions',
  'messages',
  'requests',
  'usage',
  'audit',
  'refused_attempts',
] as const
export type RowFile = (typeof rowFiles)[number]

export type ExportKind = 'account' | 'person'

export interface ManifestFile {
  name: string
  rows: number
  bytes: number
  /** hex */
  sha256: string
}

export interface ManifestHead {
  kind: ExportKind
  account_id: string
  exported_at: string
  /** Of the line of the ledger with which it began. */
  ledger_line: string
}

export interface Manifest extends ManifestHead {
  format: typeof exportFormat
  files: ManifestFile[]
  contents: { files: number; bytes: number }
  /** Rows and contents that could not be opened and stand there without what was in them. */
  unreadable: number
}

/** A piece continues a file with so many bytes at most. */
export const pieceBytesMax = 1024 * 1024

export interface StoredContent {
  file: string
  bytes: number
  sha256: string
}

interface Counted {
  rows: number
  bytes: number
  hash: Hash
}

export class ArchiveWriter {
  private readonly files = new Map<string, Counted>()
  private readonly contents = { files: 0, bytes: 0 }
  private unreadable = 0

  /** A file without rows is there all the same, so that nobody wonders. */
  rows(name: RowFile, rows: readonly object[]): Buffer {
    const file = `${name}.ndjson`
    const counted = this.files.get(file) ?? { rows: 0, bytes: 0, hash: createHash('sha256') }
    this.files.set(file, counted)
    const text = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    counted.rows += rows.length
    counted.bytes += text.length
    counted.hash.update(text)
    return pieces(file, text)
  }

  /** A message as it went out, and where it will be found. */
  content(messageId: string, bytes: Buffer): { stored: StoredContent; piece: Buffer } {
    const file = `messages/${messageId}.eml`
    this.contents.files += 1
    this.contents.bytes += bytes.length
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { stored: { file, bytes: bytes.length, sha256 }, piece: pieces(file, bytes) }
  }

  noteUnreadable(): void {
    this.unreadable += 1
  }

  get counts(): { rows: number; messages: number } {
    let rows = 0
    for (const one of this.files.values()) rows += one.rows
    return { rows, messages: this.files.get('messages.ndjson')?.rows ?? 0 }
  }

  /** After everything else. */
  manifest(head: ManifestHead): { bytes: Buffer; piece: Buffer } {
    const files = [...this.files].map(([name, { rows, bytes, hash }]) => {
      return { name, rows, bytes, sha256: hash.digest('hex') }
    })
    const { contents, unreadable } = this
    const whole: Manifest = { format: exportFormat, ...head, files, contents, unreadable }
    const bytes = Buffer.from(`${JSON.stringify(whole, null, 2)}\n`)
    return { bytes, piece: pieces(manifestName, bytes) }
  }
}

function pieces(file: string, bytes: Buffer): Buffer {
  const writer = new ByteWriter()
  let at = 0
  do {
    writer.text(file).field(bytes.subarray(at, at + pieceBytesMax))
    at += pieceBytesMax
  } while (at < bytes.length)
  return writer.done()
}
