/** Checks an exported file by itself, on any machine: its own sum, the signed checkpoint, and each line's proof. */
import { createHash, verify } from 'node:crypto'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { ed25519PublicKey } from '../authority/authority-check.ts'
import { exportFormat, keyId } from './export.ts'
import { rootByPath } from './inclusion.ts'
import { checkpointBytes, hashBytes } from './merkle.ts'

const closed = { additionalProperties: false } as const
const Header = Type.Object(
  {
    format: Type.Literal(exportFormat),
    account_id: Type.String(),
    from: Type.Union([Type.String(), Type.Null()]),
    to: Type.Union([Type.String(), Type.Null()]),
    exported_at: Type.String(),
    public_key: Type.String(),
    key_id: Type.String(),
    checkpoint: Type.Object(
      { tree_size: Type.Integer({ minimum: 1 }), root: Type.String(), signature: Type.String() },
      closed,
    ),
  },
  closed,
)
const Line = Type.Object(
  {
    position: Type.Integer({ minimum: 0 }),
    line: Type.String(),
    proof: Type.Array(Type.String(), { maxItems: 64 }),
  },
  closed,
)
const End = Type.Object(
  { lines: Type.Integer({ minimum: 0 }), is_whole: Type.Boolean(), sha256: Type.String() },
  closed,
)

export interface ExportReport {
  accountId: string | null
  /** Of the key that was verified with, and where it was from. */
  key: { id: string; from: 'given' | 'file' } | null
  treeSize: number | null
  lines: number
  /** False where the file holds the first of more lines than one file takes. */
  isWhole: boolean
  /** `at` counts the lines of the file from 1. */
  fault: { at: number; position: number | null; reason: string } | null
}

const newline = 0x0a

/** `givenKey` is what the caller trusts; without one the file's own key is taken, which proves less. */
export function verifyExport(bytes: Buffer, givenKey: Buffer | null): ExportReport {
  const rows = splitLines(bytes)
  const report: ExportReport = {
    ...{ accountId: null, key: null, treeSize: null },
    ...{ lines: 0, isWhole: false, fault: null },
  }
  const fail = (at: number, reason: string, position: number | null = null): ExportReport => ({
    ...report,
    fault: { at, position, reason },
  })
  const header = parse(rows[0], Header)
  if (!header) return fail(1, 'this is not the first line of an export')
  report.accountId = header.account_id
  const key = givenKey ?? Buffer.from(header.public_key, 'base64url')
  if (key.length !== hashBytes) return fail(1, 'the public key in the file is none')
  report.key = { id: keyId(key), from: givenKey ? 'given' : 'file' }
  const { tree_size: size, signature } = header.checkpoint
  report.treeSize = size
  const root = Buffer.from(header.checkpoint.root, 'base64')
  const signedBytes = checkpointBytes(size, root)
  if (!verify(null, signedBytes, ed25519PublicKey(key), Buffer.from(signature, 'base64'))) {
    return fail(1, `the checkpoint was not signed by the key ${report.key.id}`)
  }
  const span = { from: timeOf(header.from), to: timeOf(header.to), accountId: header.account_id }
  for (const [index, row] of rows.slice(1, -1).entries()) {
    const line = parse(row, Line)
    if (!line) return fail(index + 2, 'this is not a line of an export')
    const reason = faultOfLine(line, { ...span, size, root })
    if (reason) return fail(index + 2, reason, line.position)
    report.lines += 1
  }
  const end = rows.length > 1 ? parse(rows.at(-1), End) : undefined
  if (!end) return fail(rows.length, 'the end of the file is missing: it was cut off')
  report.isWhole = end.is_whole
  if (end.lines !== report.lines) {
    return fail(rows.length, `the file holds ${report.lines} lines and says ${end.lines}`)
  }
  const before = bytes.subarray(0, bytes.length - (rows.at(-1)?.length ?? 0) - 1)
  if (createHash('sha256').update(before).digest('hex') !== end.sha256) {
    return fail(1, 'the file was changed: its sum is another one, though each line is proved')
  }
  const written = Buffer.from(`${JSON.stringify(end)}\n`)
  if (!bytes.subarray(before.length).equals(written)) {
    return fail(rows.length, 'the last line was changed')
  }
  return report
}

function splitLines(bytes: Buffer): Buffer[] {
  const rows: Buffer[] = []
  let start = 0
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    rows.push(bytes.subarray(start, end))
    start = end + 1
  }
  if (start < bytes.length) rows.push(bytes.subarray(start))
  return rows
}

function parse<Schema extends Type.TSchema>(
  row: Buffer | undefined,
  schema: Schema,
): Type.Static<Schema> | undefined {
  try {
    const value: unknown = JSON.parse(row?.toString('utf8') ?? '')
    return Value.Check(schema, value) ? (value as Type.Static<Schema>) : undefined // checked just now
  } catch {
    return undefined
  }
}

function timeOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text)
}

/** A line says itself whose it is and when it was (docs/ledger-export.md): [id, microseconds, ..., account, ...]. */
function faultOfLine(
  { position, line, proof }: Type.Static<typeof Line>,
  of: { size: number; root: Buffer; accountId: string; from: number | null; to: number | null },
): string | undefined {
  const path = proof.map((hash) => Buffer.from(hash, 'base64'))
  const found = rootByPath(line, { position, size: of.size, path })
  if (!found?.equals(of.root)) return 'the line does not stand in the signed ledger as it is here'
  const fields: unknown = JSON.parse(line) // a signed line is JSON
  const [, micros, , , , accountId] = Array.isArray(fields) ? fields : []
  if (accountId !== of.accountId) return 'the line is one of another account'
  const atMs = Number(micros) / 1000
  if ((of.from !== null && atMs < of.from) || (of.to !== null && atMs >= of.to)) {
    return 'the line is from another time than the file says'
  }
  return undefined
}
