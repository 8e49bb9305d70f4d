/** `postern export open FILE --key KEYFILE`: opens an export into a folder. It works offline, on any machine. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { readExportKey } from '../core/exports/export-key.ts'
import { isEmptyOrMissing, type OpenedExport, openExport } from '../core/exports/open-export.ts'
import { ArchiveFault } from '../core/exports/read-archive.ts'
import { SealedStreamFault } from '../lib/sealed-stream.ts'
import { type Action, runNamedAction } from './action.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import { count, facts } from './plain-text.ts'

const open: Action = {
  shape: { operands: ['FILE'], texts: { key: true, to: false } },
  perform: async (given) => {
    const file = given.required('FILE')
    demandFile(file, 'name the file that was downloaded')
    const key = readKey(given.required('key'))
    const folder = given.text('to') ?? folderFor(file)
    if (!isEmptyOrMissing(folder)) {
      throw new CommandFailure(`${folder} is there already; name another folder with --to`)
    }
    const opened = await openExport({ file, key, folder }).catch((error: unknown) =>
      refuse(file, error),
    )
    return { json: body(folder, opened), text: tell(folder, opened) }
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ open }, args)
}

function demandFile(file: string, fix: string): void {
  if (existsSync(file) && statSync(file).isFile()) return
  throw new CommandFailure(`there is no file ${file}; ${fix}`)
}

function readKey(file: string): Buffer {
  demandFile(file, 'name the export key that was downloaded before the export')
  const key = readExportKey(readFileSync(file, 'utf8'))
  if (key) return key
  throw new CommandFailure(`${file} holds no export key; its line begins with postern-export-key-1`)
}

/** Beside the file, under its name. */
function folderFor(file: string): string {
  const folder = file.replace(/\.postern$/, '')
  if (folder !== file) return folder
  throw new UsageError('--to must name a folder, as the file does not end in .postern')
}

function refuse(file: string, error: unknown): never {
  if (error instanceof SealedStreamFault || error instanceof ArchiveFault) {
    throw new CommandFailure(`${file} was not opened: ${error.message}`, { cause: error })
  }
  throw error
}

function body(folder: string, { manifest, manifestHash }: OpenedExport) {
  return {
    folder,
    kind: manifest.kind,
    account_id: manifest.account_id,
    exported_at: manifest.exported_at,
    ledger_line: manifest.ledger_line,
    manifest_sha256: manifestHash,
    files: Object.fromEntries(manifest.files.map(({ name, rows }) => [name, rows])),
    contents: manifest.contents.files,
    unreadable: manifest.unreadable,
  }
}

function tell(folder: string, { manifest, manifestHash }: OpenedExport): string {
  const { kind, files, contents, unreadable } = manifest
  const known = facts([
    ['Export', kind === 'account' ? 'everything of the account' : 'everything held on one address'],
    ['Account', manifest.account_id],
    ['Made', manifest.exported_at],
    ['Ledger', `line ${manifest.ledger_line}; SHA-256 of the manifest ${manifestHash}`],
    ...files.map(({ name, rows }): [string, string] => [name, count(rows, 'row')]),
    ['messages/', count(contents.files, 'message')],
  ])
  const rest =
    unreadable === 0
      ? ''
      : ` Of ${count(unreadable, 'row')} the bytes were no longer as they were sealed; they are marked \`unreadable\`.`
  return `${known}\n\nEverything is as the manifest says, in ${folder}.${rest}`
}
