/** One process of Postern as the supervisor sees it: started behind Node's permission fence, told, heard, stopped. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Duplex, Writable } from 'node:stream'
import type { Role } from '../config/role.ts'
import { readLines, writeLine } from './control-channel.ts'
import type { Handover, Order, Report } from './handover.ts'
import { openLogFile } from './log-files.ts'

const checkout = resolve(import.meta.dirname, '../..')
const readySeconds = 30
const termSeconds = 13
const killSeconds = 15

export type Ready = Extract<Report, { kind: 'ready' }>

export interface Ending {
  exitCode: number | null
  signal: string | null
}

export interface Child {
  role: Role
  processId: number
  /** Rejects when the process ends first or takes too long. */
  ready: Promise<Ready>
  ended: Promise<Ending>
  order(order: Order): void
  stop(): Promise<void>
}

export interface ChildOptions {
  handover: Handover
  entry: string
  logFolder: string
  /** The folder it may write, which becomes its working folder. */
  dataFolder: string | null
  onReport: (report: Report) => void
}

export function startChild({
  handover,
  entry,
  logFolder,
  dataFolder,
  onReport,
}: ChildOptions): Child {
  const output = openLogFile(logFolder, handover.role)
  const child = spawn(
    process.execPath,
    [...fence(entry, { role: handover.role, dataFolder }), entry],
    {
      cwd: dataFolder ?? '/',
      env: {},
      // Ctrl-C reaches the supervisor only, which then stops the others in order.
      detached: true,
      stdio: ['ignore', output, output, 'pipe', 'pipe'],
    },
  )
  closeSync(output)
  const ended = new Promise<Ending>((settle) => {
    child.once('exit', (exitCode, signal) => settle({ exitCode, signal }))
    child.once('error', () => settle({ exitCode: null, signal: null }))
  })
  // Both are pipes by the stdio above.
  const secrets = child.stdio[3] as Writable
  const control = child.stdio[4] as Duplex
  // A process that ends in the middle of it is seen by its end.
  for (const stream of [secrets, control]) stream.on('error', () => {})
  secrets.end(JSON.stringify(handover))
  return {
    role: handover.role,
    processId: child.pid ?? 0,
    ready: untilReady(child, { control, ended, onReport }),
    ended,
    order: (order) => writeLine(control, order),
    stop: () => stop(child, { control, ended }),
  }
}

/** What a process reads beside the code. */
const furtherFolders: Partial<Record<Role, string>> = { console: 'dashboard/dist' }

/** Only the code is readable, and nothing is writable but the process's own folder, if it has one. */
function fence(
  entry: string,
  { role, dataFolder }: { role: Role; dataFolder: string | null },
): string[] {
  const further = furtherFolders[role]
  const names = ['src', 'node_modules', 'package.json', ...(further ? [further] : [])]
  const code = names.map((name) => join(checkout, name))
  const readable = [...code, dirname(entry)]
  return [
    '--disable-sigusr1',
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...(dataFolder ? [`--allow-fs-read=${dataFolder}`, `--allow-fs-write=${dataFolder}`] : []),
  ]
}

function untilReady(
  child: ChildProcess,
  {
    control,
    ended,
    onReport,
  }: { control: Duplex; ended: Promise<Ending>; onReport: (report: Report) => void },
): Promise<Ready> {
  const ready = new Promise<Ready>((settle, reject) => {
    const late = setTimeout(() => {
      reject(new Error('it was not ready in time'))
      child.kill('SIGKILL')
    }, readySeconds * 1000)
    readLines(control, (value) => {
      const report = value as Report // written by run.ts of the same version
      if (report.kind === 'ready') {
        clearTimeout(late)
        settle(report)
      }
      onReport(report)
    })
    ended.then(() => {
      clearTimeout(late)
      reject(new Error('it ended before it was ready'))
    })
  })
  // Whoever started it waits for this; until then a rejection must not look unhandled.
  ready.catch(() => {})
  return ready
}

async function stop(
  child: ChildProcess,
  { control, ended }: { control: Duplex; ended: Promise<Ending> },
): Promise<void> {
  writeLine(control, { kind: 'stop' } satisfies Order)
  const term = setTimeout(() => child.kill('SIGTERM'), termSeconds * 1000)
  const kill = setTimeout(() => child.kill('SIGKILL'), killSeconds * 1000)
  await ended
  clearTimeout(term)
  clearTimeout(kill)
}
