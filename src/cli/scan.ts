/** `postern scan PATH`: API keys that were left in files. It works offline; `--live` asks the running instance about them. */
import { existsSync } from 'node:fs'
import { findHashes, type KnownHash } from '../core/operations/credential-queries.ts'
import { type Action, runAction } from './action.ts'
import { CommandFailure } from './command-failure.ts'
import { type FoundKey, findKeys, type Scan } from './find-keys.ts'
import { asOperator } from './operator.ts'
import { count, harmless } from './plain-text.ts'

/** So many of the first digits tell keys apart for a reader, and nobody else anything. */
const fingerprintDigits = 16
const hashesMax = 1_000

const scan: Action = {
  shape: { operands: ['PATH'], switches: ['live'] },
  perform: async (given) => {
    const path = given.required('PATH')
    if (!existsSync(path)) {
      throw new CommandFailure(`there is no ${path}; name the file or folder to look through`)
    }
    const scanned = findKeys(path)
    const asked = given.has('live') && scanned.found.length > 0
    const known = asked ? await askInstance(scanned.found) : undefined
    return {
      json: {
        files_read: scanned.filesRead,
        files_skipped: scanned.filesSkipped,
        data: scanned.found.map((found) => foundBody(found, known)),
      },
      text: tell(scanned, known),
      isBad: scanned.found.length > 0,
    }
  },
}

export function run(args: string[]): Promise<number> {
  return runAction(scan, args)
}

function askInstance(found: FoundKey[]): Promise<Map<string, KnownHash>> {
  return asOperator(async ({ sql, h1 }) => {
    const distinct = [...new Map(found.map(({ h2 }) => [h2.toString('hex'), h2])).values()]
    const known = new Map<string, KnownHash>()
    for (let at = 0; at < distinct.length; at += hashesMax) {
      for (const row of await findHashes(sql, h1, distinct.slice(at, at + hashesMax))) {
        known.set(row.h2.toString('hex'), row)
      }
    }
    return known
  })
}

function foundBody({ file, line, h2 }: FoundKey, known: Map<string, KnownHash> | undefined) {
  const row = known?.get(h2.toString('hex'))
  return {
    file,
    line,
    fingerprint: fingerprint(h2),
    ...(known && {
      live: row?.live ?? false,
      key_id: row?.id ?? null,
      account_id: row?.accountId ?? null,
    }),
  }
}

function tell({ found, filesRead, filesSkipped }: Scan, known: Map<string, KnownHash> | undefined) {
  const lines = found.map(({ file, line, h2 }) => {
    const place = `${harmless(file)}:${line}: API key ${fingerprint(h2)}`
    return known ? `${place}, ${standing(known.get(h2.toString('hex')))}` : place
  })
  const read = `${count(filesRead, 'file')} read, ${filesSkipped} skipped`
  if (lines.length === 0) return `No API key found; ${read}.`
  const advice =
    'Revoke what is live with `postern key revoke KEYID --hold`, or roll it with `postern key roll KEYID`.'
  return `${lines.join('\n')}\n\n${count(found.length, 'API key')} found; ${read}.\n${advice}`
}

function standing(row: KnownHash | undefined): string {
  if (!row) return 'not of this installation'
  return row.live ? `LIVE: key ${row.id} of account ${row.accountId}` : `ended: key ${row.id}`
}

function fingerprint(h2: Buffer): string {
  return h2.toString('hex').slice(0, fingerprintDigits)
}
