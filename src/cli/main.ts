/** The command line: finds the command, loads only its file, and turns its end into an exit code. */
import { ConfigProblems } from '../config/config.ts'
import { nearestName } from '../config/nearest-name.ts'
import { Refusal } from '../lib/refusal.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import { commands } from './commands.ts'

const usageExit = 2

export async function main(args: string[]): Promise<number> {
  process.stdout.on('error', endWithReader)
  const [name = '--help', ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview())
    return 0
  }
  const entry = commands[name === '--version' ? 'version' : name]
  if (!entry || !Object.hasOwn(commands, name === '--version' ? 'version' : name)) {
    process.stderr.write(
      `postern: there is no command ${name}; did you mean ${nearestName(name, Object.keys(commands))}?\n`,
    )
    return usageExit
  }
  const asJson = rest.includes('--json')
  try {
    const { run } = await entry.load()
    if (rest.includes('--help') || rest.includes('-h')) {
      process.stdout.write(
        `${entry.summary}\n\n${entry.usage.map((line) => `  postern ${line}\n`).join('')}`,
      )
      return 0
    }
    return await run(rest)
  } catch (error) {
    return explain(error, { asJson, usage: entry.usage })
  }
}

/** A reader that has seen enough, such as `head`, is no failure. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}${summary}`,
  )
  return `postern <command> [options]\n\n${lines.join('\n')}\n\nEvery command takes --help, and --json for output that programs read.\nExit codes: 0 done, 1 refused or failed, 2 called wrongly.\n`
}

/** Expected failures are sentences; anything else is a bug and shows its stack. */
function explain(error: unknown, { asJson, usage }: { asJson: boolean; usage: string[] }): number {
  const { code, message } = describe(error)
  if (asJson) process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`)
  else process.stderr.write(`postern: ${message}\n`)
  if (!isUsage(error)) return 1
  if (!asJson) process.stderr.write(usage.map((line) => `  postern ${line}\n`).join(''))
  return usageExit
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof Refusal) return { code: error.code, message: error.message }
  if (error instanceof CommandFailure) return { code: 'failed', message: error.message }
  if (error instanceof ConfigProblems) return { code: 'invalid_settings', message: error.message }
  if (isUsage(error)) return { code: 'usage', message: error.message }
  const stack = error instanceof Error ? error.stack : String(error)
  return { code: 'bug', message: `this is a bug of Postern: ${stack}` }
}

/** Ours, or what util.parseArgs throws for an option it does not know. */
function isUsage(error: unknown): error is Error {
  if (error instanceof UsageError) return true
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_PARSE_ARGS_')
  )
}
