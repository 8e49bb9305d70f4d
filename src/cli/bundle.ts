/** `postern bundle check [FOLDER]`: whether what browsers are given holds a secret. It works offline. */
import { resolve } from 'node:path'
import { environmentSecrets } from '../config/environment-secrets.ts'
import { type BundleFinding, checkBundle } from '../core/bundle/check-bundle.ts'
import { readBundle } from '../core/bundle/read-bundle.ts'
import { type Action, runNamedAction } from './action.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import { count, harmless } from './plain-text.ts'

const dashboardBundle = resolve(import.meta.dirname, '../../dashboard/dist')

const check: Action = {
  shape: { rest: 'FOLDER' },
  perform: async ({ rest }) => {
    if (rest.length > 1) throw new UsageError('name one FOLDER at a time')
    const folder = rest[0] ?? dashboardBundle
    const files = readBundle(folder)
    if (files.length === 0) {
      throw new CommandFailure(
        `there is nothing in ${folder}; build the dashboard with \`node scripts/install.mjs\`, or name its folder`,
      )
    }
    const found = checkBundle(files, environmentSecrets())
    return {
      json: { files_read: files.length, data: found },
      text: tell(found, files.length),
      isBad: found.length > 0,
    }
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ check }, args)
}

function tell(found: BundleFinding[], filesRead: number): string {
  const read = `${count(filesRead, 'file')} read`
  if (found.length === 0) return `No secret found; ${read}.`
  const lines = found.map(({ file, offset, kind, hidden }) => {
    const how = hidden ? ` (${hidden})` : ''
    return `${harmless(file)}:${offset}: ${kind}${how}`
  })
  return `${lines.join('\n')}\n\n${count(found.length, 'finding')}; ${read}.\nTake it out of the dashboard's sources, and rotate it: whoever opened the page has it.`
}
