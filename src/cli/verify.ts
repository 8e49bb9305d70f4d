/** `postern verify FILE`: checks an export of the audit log. It works offline, on any machine. */
import { existsSync, readFileSync } from 'node:fs'
import { type ExportReport, verifyExport } from '../core/ledger/verify-export.ts'
import { type Action, runAction } from './action.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import { count, facts } from './plain-text.ts'

const verify: Action = {
  shape: { operands: ['FILE'], texts: { key: false } },
  perform: async (given) => {
    const file = given.required('FILE')
    if (!existsSync(file)) {
      throw new CommandFailure(`there is no ${file}; name the exported file`)
    }
    const report = verifyExport(readFileSync(file), readKey(given.text('key')))
    return { json: body(report), text: tell(report), isBad: report.fault !== null }
  },
}

export function run(args: string[]): Promise<number> {
  return runAction(verify, args)
}

function readKey(text: string | undefined): Buffer | null {
  if (text === undefined) return null
  const key = Buffer.from(text, 'base64url')
  if (/^[\w-]{43}$/.test(text) && key.length === 32) return key
  throw new UsageError(
    '--key must be the public key as `public_key` in public/authority.json of the home has it: 43 characters',
  )
}

function body({ accountId, key, treeSize, lines, isWhole, fault }: ExportReport) {
  return {
    ok: fault === null,
    account_id: accountId,
    key_id: key?.id ?? null,
    key_from: key?.from ?? null,
    tree_size: treeSize,
    lines,
    is_whole: isWhole,
    bad_line: fault?.at ?? null,
    bad_position: fault?.position ?? null,
    reason: fault?.reason ?? null,
  }
}

function tell(report: ExportReport): string {
  const { accountId, key, treeSize, lines, fault } = report
  const from =
    key?.from === 'given' ? 'given with --key' : 'from the file itself; give --key to be sure of it'
  const known = facts([
    ['Account', accountId ?? '-'],
    ['Key', key ? `${key.id} (${from})` : '-'],
    ['Ledger', treeSize === null ? '-' : count(treeSize, 'line')],
    ['Verified', count(lines, 'line')],
  ])
  return `${known}\n\n${verdict(report, fault)}`
}

function verdict({ isWhole }: ExportReport, fault: ExportReport['fault']): string {
  if (fault) {
    const position = fault.position === null ? '' : ` (position ${fault.position})`
    return `Not genuine. Line ${fault.at} of the file${position}: ${fault.reason}.`
  }
  const rest = isWhole ? '' : ' It holds the oldest of its range only; export the rest by date.'
  return `Every line stands in the signed ledger as it is here.${rest}`
}
