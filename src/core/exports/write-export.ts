/**
 * An export as the bytes of its file, sealed to the key of who asked: made while it is fetched, no faster than it is taken,
 * and kept nowhere. How it ended is a line of the ledger, a whole one with the hash of its manifest.
 */
import { createHash } from 'node:crypto'
import { StreamSealer } from '../../lib/sealed-stream.ts'
import { accountRows, type RowDeps, suppressionPages } from './account-rows.ts'
import { ArchiveWriter, type RowFile } from './archive.ts'
import type { BegunExport } from './begin-export.ts'
import { messagePieces } from './message-rows.ts'
import { endExport } from './queries.ts'

export interface ExportDeps extends RowDeps {
  /** Of the console process. */
  ticket: Buffer
}

export interface ExportProgress {
  messages: number
  rows: number
  bytes: number
}

export async function* writeExport(
  deps: ExportDeps,
  begun: BegunExport,
  told: (progress: ExportProgress) => void,
): AsyncGenerator<Buffer> {
  const archive = new ArchiveWriter()
  const sealer = new StreamSealer(begun.publicKey)
  let bytes = 0
  let manifest: Buffer | null = null
  const out = (sealed: Buffer) => {
    bytes += sealed.length
    told({ ...archive.counts, bytes })
    return sealed
  }
  try {
    yield out(sealer.header)
    for await (const piece of piecesOf(deps, begun, archive)) {
      const sealed = sealer.push(piece)
      if (sealed.length > 0) yield out(sealed)
    }
    const last = archive.manifest({
      kind: begun.kind,
      account_id: begun.accountId,
      exported_at: begun.startedAt.toISOString(),
      ledger_line: begun.begun,
    })
    const rest = [sealer.push(last.piece), sealer.end()]
    await end(deps, begun, { archive, manifest: last.bytes })
    manifest = last.bytes
    yield out(Buffer.concat(rest))
  } finally {
    // Whoever fetches it has gone, or something failed on the way.
    if (!manifest) await end(deps, begun, { archive, manifest })
  }
}

async function end(
  { sql, ticket }: ExportDeps,
  { begun }: BegunExport,
  { archive, manifest }: { archive: ArchiveWriter; manifest: Buffer | null },
): Promise<void> {
  await endExport(sql, ticket, {
    begun,
    isWhole: manifest !== null,
    rows: archive.counts.rows,
    manifest: manifest && createHash('sha256').update(manifest).digest(),
  })
}

async function* piecesOf(
  deps: ExportDeps,
  begun: BegunExport,
  archive: ArchiveWriter,
): AsyncGenerator<Buffer> {
  const { recipient } = begun
  if (recipient !== null) {
    yield* rowPieces(archive, 'suppressions', suppressionPages(deps, begun, recipient))
    yield* messagePieces(deps, begun, archive)
    return
  }
  for (const [file, pages] of accountRows) {
    yield* rowPieces(archive, file, pages(deps, begun))
    if (file === 'suppressions') yield* messagePieces(deps, begun, archive)
  }
}

async function* rowPieces(
  archive: ArchiveWriter,
  file: RowFile,
  pages: AsyncGenerator<object[]>,
): AsyncGenerator<Buffer> {
  yield archive.rows(file, [])
  for await (const rows of pages) yield archive.rows(file, rows)
}
