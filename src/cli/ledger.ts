/** `postern ledger verify`: reads the whole ledger and checks it with the key of the home. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ed25519PublicKey } from '../core/authority/authority-check.ts'
import { type LedgerReport, verifyLedger } from '../core/ledger/verify.ts'
import { listCheckpoints, listLedgerLines } from '../core/operations/queries.ts'
import { type Action, type Answer, runNamedAction } from './action.ts'
import { CommandFailure } from './command-failure.ts'
import { asOperator, type Operator } from './operator.ts'
import { count, facts } from './plain-text.ts'

const verify: Action = {
  shape: {},
  perform: () =>
    asOperator(async ({ sql, h1, home }: Operator) => {
      const report = await verifyLedger(
        {
          lines: (position, limit) => listLedgerLines(sql, h1, { position, limit }),
          checkpoints: (after, limit) => listCheckpoints(sql, h1, { after, limit }),
        },
        ed25519PublicKey(readPublishedKey(home)),
      )
      return describe(report)
    }),
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ verify }, args)
}

/** From the file, not from the running instance: whoever can change that one could say any key. */
function readPublishedKey(home: string): Buffer {
  const file = join(home, 'public', 'authority.json')
  try {
    const { public_key: key } = JSON.parse(readFileSync(file, 'utf8')) as { public_key: string } // checked below
    const bytes = Buffer.from(key, 'base64url')
    if (bytes.length === 32) return bytes
  } catch {
    // Said below, as for a key of the wrong length.
  }
  throw new CommandFailure(
    `${file} does not hold the authority's public key; put it back from a backup of the home`,
  )
}

/** An installation's first act is a line, so no line at all means that they are gone. */
function describe({ lines, checkpoints, root, fault }: LedgerReport): Answer {
  const isEmpty = fault === null && lines === 0
  const reason = isEmpty ? 'the ledger has no line, not even that of the first account' : null
  const verdict = fault
    ? sentence(fault)
    : (reason ?? 'Every line and every checkpoint is as vault signed it.')
  return {
    isBad: fault !== null || isEmpty,
    json: {
      ok: fault === null && !isEmpty,
      lines,
      checkpoints,
      root,
      first_bad_position: fault?.first ?? (isEmpty ? 0 : null),
      last_bad_position: fault?.last ?? null,
      reason: fault?.reason ?? reason,
    },
    text: `${facts([
      ['Verified', `${count(lines, 'line')}, ${count(checkpoints, 'checkpoint')}`],
      ['Root', root ?? '-'],
    ])}\n\n${verdict}`,
  }
}

function sentence({ first, last, reason }: NonNullable<LedgerReport['fault']>): string {
  const where = first === last ? `At position ${first}` : `From position ${first} to ${last}`
  return `${where}: ${reason}. Keep the database as it is and compare it with a backup.`
}
