/** Starts a fresh Postern by its own executable, verifies a domain through its public API and makes it ready for load. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openPool } from '../src/db/sql.ts'
import { type RunFile, readRunFile } from '../src/process/run-file.ts'
import { startDnsServer } from '../test/support/dns-server.ts'
import { accountOf, inCgroup, makeCgroup, removeCgroup } from './accounts.ts'
import { recipientDomains } from './messages.ts'
import type { Started } from './postfix.ts'
import { countCommits } from './queries.ts'
import { verifyDomain } from './verified-domain.ts'

const executable = join(import.meta.dirname, '../bin/postern')
const startSecondsMax = 60
const stopMs = 40_000
const unlimited = '1000000000'

interface Instance {
  child: ChildProcess
  environment: Record<string, string>
  runFile: () => RunFile
  cli(...args: string[]): Promise<unknown>
}

export async function startPostern(options: {
  folder: string
  sinkPort: number
}): Promise<Started> {
  const { folder, sinkPort } = options
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const dns = await startDnsServer()
  const cgroup = makeCgroup('postern')
  const environment = {
    PATH: '/usr/bin:/bin',
    POSTERN_HOME: join(folder, 'home'),
    POSTERN_HTTP_PORT: '0',
    POSTERN_INBOX_PORT: '0',
    POSTERN_SMTP_PORT: '0',
    POSTERN_SMTPS_PORT: '0',
    POSTERN_CONSOLE_PORT: '0',
    POSTERN_ROUTES_FILE: writeRoutes(folder, sinkPort),
    POSTERN_DNS: dns.address,
    POSTERN_HOSTNAME: 'mx.bench.test',
  }
  const child = spawnPostern({ folder, cgroup, environment })
  const stop = async () => {
    await stopChild(child)
    await dns.stop()
    removeCgroup(cgroup)
  }
  try {
    const instance = await untilRunning(child, environment)
    const { ports, api_key_file } = instance.runFile()
    const base = `http://127.0.0.1:${ports.http}`
    const key = readFileSync(api_key_file, 'utf8').trim()
    await liftLimits(instance)
    await verifyDomain({ base, key, zone: dns.zone })
    const account = accountOf(cgroup, () => pidsOf(instance.runFile()))
    const shared = { account, countCommits: () => commitsOf(instance) }
    return {
      contenders: [
        {
          ...shared,
          name: 'postern http',
          target: { kind: 'http', url: new URL('/emails', base), key },
          connections: 50,
        },
        {
          ...shared,
          name: 'postern batch',
          target: { kind: 'batch', url: new URL('/emails/batch', base), key, batchSize: 100 },
          connections: 4,
        },
        {
          ...shared,
          name: 'postern smtp',
          target: { kind: 'smtp', port: ports.smtp, login: { user: 'resend', password: key } },
          connections: 20,
        },
      ],
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function writeRoutes(folder: string, sinkPort: number): string {
  const lines = Array.from({ length: recipientDomains }, (_, i) => {
    const domain = `d${String(i).padStart(2, '0')}.bench.test`
    return `${domain}  smtp://127.0.0.1:${sinkPort + i}\n`
  })
  const file = join(folder, 'routes')
  writeFileSync(file, lines.join(''))
  return file
}

function spawnPostern(options: {
  folder: string
  cgroup: string | undefined
  environment: Record<string, string>
}): ChildProcess {
  const screen = openSync(join(options.folder, 'screen.log'), 'w')
  const [command, ...args] = inCgroup(options.cgroup, [process.execPath, executable, 'run'])
  const child = spawn(command, args, {
    env: options.environment,
    stdio: ['ignore', screen, screen],
  })
  closeSync(screen)
  return child
}

async function untilRunning(
  child: ChildProcess,
  environment: Record<string, string>,
): Promise<Instance> {
  const home = environment.POSTERN_HOME ?? ''
  const runFile = () => {
    const content = readRunFile(home)
    if (!content) throw new Error('Postern is not running: see screen.log in its folder')
    return content
  }
  for (let tenths = 0; !readRunFile(home); tenths++) {
    if (child.exitCode !== null || tenths > startSecondsMax * 10) runFile()
    await pause(100)
  }
  const cli = async (...args: string[]) => {
    const command = [executable, ...args, '--json']
    const { stdout } = await execute(process.execPath, command, {
      env: environment,
      timeout: 30_000,
    })
    return JSON.parse(stdout)
  }
  return { child, environment, runFile, cli }
}

const execute = promisify(execFile)

/** The benchmark is one account that sends without pause. */
async function liftLimits({ cli }: Instance): Promise<void> {
  // The command's documented answer.
  const { data } = (await cli('account', 'list')) as { data: { id: string }[] }
  for (const { id } of data) {
    const limits = ['--requests-per-second', '1000000', '--daily-quota', unlimited]
    await cli('account', 'limits', id, ...limits)
  }
}

/** The supervisor's descendants, and PostgreSQL, which may have outlived a supervisor and then is nobody's child. */
function pidsOf({ pids }: RunFile): number[] {
  return Object.values(pids).flat()
}

/** As the administrator of the embedded database: no login of Postern's own may read statistics. */
async function commitsOf({ environment, runFile }: Instance): Promise<number> {
  const { socket, port, name } = runFile().database
  const home = environment.POSTERN_HOME ?? ''
  const password = readFileSync(join(home, 'database.password'), 'utf8').trim()
  const login = { host: socket ?? '127.0.0.1', port, user: 'postgres', password, database: name }
  const sql = openPool(login, { connectionsMax: 1 })
  try {
    return await countCommits(sql)
  } finally {
    await sql.end()
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const isStopped = await Promise.race([ended, pause(stopMs, false, { ref: false })])
  if (isStopped) return
  child.kill('SIGKILL')
  await ended
  throw new Error(`Postern did not stop within ${stopMs / 1_000} s`)
}
