/** Every command of `postern`, its file, and what `--help` says of it. */
import { operatorCommands } from './operator-commands.ts'

export interface CommandEntry {
  summary: string
  /** How it is called, a line each. */
  usage: string[]
  load: () => Promise<{ run: (args: string[]) => Promise<number> }>
}

export const commands: Record<string, CommandEntry> = {
  run: {
    summary: 'Starts Postern and keeps it running until Ctrl-C.',
    usage: ['run [--json]'],
    load: () => import('./run.ts'),
  },
  config: {
    summary: 'Shows every setting with its value and where it comes from.',
    usage: ['config [--json]'],
    load: () => import('./config.ts'),
  },
  'database-url': {
    summary: 'Shows the database URL of a runtime role of the running instance, for drills.',
    usage: ['database-url api|smtp|console|deliver|jobs|vault|ops [--json]'],
    load: () => import('./database-url.ts'),
  },
  version: {
    summary: 'Shows the version of Postern and of its Node.',
    usage: ['version [--json]'],
    load: () => import('./version.ts'),
  },
  ...operatorCommands,
}
