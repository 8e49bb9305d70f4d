/** `postern run`: the whole instance in the foreground, until Ctrl-C or SIGTERM. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { loadConfig } from '../config/config.ts'
import type { Role } from '../config/role.ts'
import { readVersion } from '../config/version.ts'
import { DatabaseFailure } from '../db/sql.ts'
import { systemClock } from '../lib/clock.ts'
import { makeHome } from '../process/folders.ts'
import { isRoot } from '../process/identity.ts'
import { AlreadyRunning, lockHome } from '../process/instance-lock.ts'
import { openLog } from '../process/log.ts'
import { openLogFile } from '../process/log-files.ts'
import { welcome } from '../process/screen.ts'
import { realEntries, StartAborted, Supervisor } from '../process/supervisor.ts'
import { CommandFailure } from './command-failure.ts'
import { ensureFirstAccount } from './first-account.ts'

export async function run(
  args: string[],
  {
    entries = realEntries,
    ensureAccount = ensureFirstAccount,
  }: { entries?: Record<Role, string>; ensureAccount?: typeof ensureFirstAccount } = {},
): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } })
  const config = loadConfig()
  const folders = makeHome(config.settings.home)
  const lock = await lockHome(folders.home).catch((error) => {
    throw error instanceof AlreadyRunning ? new CommandFailure(error.message) : error
  })
  const destination = pino.destination({ fd: openLogFile(folders.log, 'supervisor'), sync: true })
  // Whoever reads the screen may go away; that is no reason to stop.
  process.stdout.on('error', () => {})
  const supervisor = new Supervisor({
    config,
    folders,
    log: openLog('supervisor', destination),
    clock: systemClock,
    screen: { show: (text) => void (values.json ? process.stderr : process.stdout).write(text) },
    entries,
    ensureFirstAccount: (login) => ensureAccount(login, join(folders.home, 'first-account.key')),
  })
  try {
    return await untilStopped(supervisor, async () => {
      const { ports, keyFile } = await supervisor.start()
      const { bind, consoleUrl } = config.settings
      const version = readVersion()
      const doors = { version, bind, consoleUrl, ports, keyFile, isRoot: isRoot() }
      process.stdout.write(
        values.json ? `${JSON.stringify({ ports, api_key_file: keyFile })}\n` : welcome(doors),
      )
    })
  } finally {
    lock.release()
  }
}

async function untilStopped(supervisor: Supervisor, start: () => Promise<void>): Promise<number> {
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve())
    }
  })
  const failure = await Promise.race([told, start().then(() => told, asFailure)])
  await supervisor.stop()
  if (!failure || failure.error instanceof StartAborted) return 0
  throw explained(failure.error)
}

function asFailure(error: unknown): { error: unknown } {
  return { error }
}

/** The database says codes only, so what a person can do about the frequent ones is said here. */
function explained(error: unknown): unknown {
  if (error instanceof DatabaseFailure) {
    return new CommandFailure(
      `the database could not be prepared (${error.code}); check DATABASE_URL: a server that runs, the password, and the rights of an administrator`,
    )
  }
  return error instanceof Error ? new CommandFailure(error.message) : error
}
