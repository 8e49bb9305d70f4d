/** `postern run`: the whole instance in the foreground, until Ctrl-C or SIGTERM. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { loadConfig } from '../config/config.ts'
import type { Role } from '../config/role.ts'
import { readVersion } from '../config/version.ts'
import { linkAddress } from '../core/people/mail-texts.ts'
import { DatabaseFailure } from '../db/sql.ts'
import { systemClock } from '../lib/clock.ts'
import { consoleAddress } from '../process/console-address.ts'
import { makeHome } from '../process/folders.ts'
import { isRoot } from '../process/identity.ts'
import { AlreadyRunning, lockHome } from '../process/instance-lock.ts'
import { openLog } from '../process/log.ts'
import { openLogFile } from '../process/log-files.ts'
import { welcome } from '../process/screen.ts'
import { mailKeyFile } from '../process/secrets.ts'
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
  const keyFile = join(folders.home, 'first-account.key')
  const supervisor = new Supervisor({
    config,
    folders,
    log: openLog('supervisor', destination),
    clock: systemClock,
    screen: { show: (text) => void (values.json ? process.stderr : process.stdout).write(text) },
    entries,
    keyFile,
    ensureFirstAccount: (login) =>
      ensureAccount(login, { keyFile, mailKeyFile: mailKeyFile(folders.home) }),
  })
  try {
    return await untilStopped(supervisor, async () => {
      const { ports, ownerToken } = await supervisor.start()
      const { bind, consoleUrl } = config.settings
      const address = consoleAddress({ consoleUrl }, ports.console)
      const ownerLink = ownerToken === null ? null : linkAddress(address, 'first_owner', ownerToken)
      const doors = { version: readVersion(), bind, console: address, ports, keyFile, ownerLink }
      const json = { ports, api_key_file: keyFile, owner_link: ownerLink }
      process.stdout.write(
        values.json ? `${JSON.stringify(json)}\n` : welcome({ ...doors, isRoot: isRoot() }),
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
