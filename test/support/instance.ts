/** A whole instance of the real executable in a folder of its own, on free ports. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { makeReachableFolder } from '../../src/process/folders.ts'
import { type RunFile, readRunFile } from '../../src/process/run-file.ts'
import { waitFor } from './wait-for.ts'

const checkout = resolve(import.meta.dirname, '../..')
const startSeconds = 60

export type ProcessName = Exclude<keyof RunFile['pids'], 'supervisor'> | 'supervisor'

export interface InstanceOptions {
  /** Further settings, such as POSTERN_ROUTE. */
  settings?: Record<string, string>
  /** An earlier instance's home, kept with `keepHome`. */
  home?: string
  /** What is started instead of `bin/postern run`. */
  command?: readonly string[]
}

export interface Instance {
  home: string
  /** As run.json says now; read anew at each use. */
  readonly runJson: RunFile
  apiUrl: string
  inboxUrl: string
  consoleUrl: string
  /** The first account's API key. */
  key: string
  /** Everything it has printed so far. */
  output(): string
  environment: Record<string, string>
  /** Runs `bin/postern` against it. */
  postern(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>
  /** kill -9 of one process; for `supervisor` everything is left to itself. */
  kill(name: ProcessName): number
  /** Until the killed process has a successor in run.json. */
  untilReplaced(name: ProcessName, killed: number): Promise<void>
  /** SIGTERM, then the end of all; the home is removed unless it is to be kept. Returns the exit code. */
  stop(options?: { keepHome?: boolean }): Promise<number | null>
}

export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const home = options.home ?? makeReachableFolder([tmpdir()], 'postern-home-')
  const environment = {
    PATH: process.env.PATH ?? '',
    TMPDIR: tmpdir(),
    ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
    POSTERN_HOME: home,
    POSTERN_HTTP_PORT: '0',
    POSTERN_INBOX_PORT: '0',
    POSTERN_SMTP_PORT: '0',
    POSTERN_SMTPS_PORT: '0',
    POSTERN_CONSOLE_PORT: '0',
    ...options.settings,
  }
  const command = options.command ?? ['bin/postern', 'run']
  const child = spawn(process.execPath, command, {
    cwd: checkout,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collect(child)
  // A test that fails before it stops its instance must not keep the run from ending.
  child.unref()
  const ended = new Promise<number | null>((settle) => child.once('exit', settle))
  const killWithTest = () => child.kill('SIGKILL')
  process.once('exit', killWithTest)
  await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`the instance did not start: ${output()}`)
      return readRunFile(home)?.pids.supervisor === child.pid
    },
    { what: 'run.json', seconds: startSeconds },
  )
  const first = readRun(home)
  return {
    home,
    get runJson() {
      return readRun(home)
    },
    apiUrl: `http://127.0.0.1:${first.ports.http}`,
    inboxUrl: `http://127.0.0.1:${first.ports.inbox}`,
    consoleUrl: `http://localhost:${first.ports.console}`,
    key: existsSync(first.api_key_file) ? readFileSync(first.api_key_file, 'utf8').trim() : '',
    output,
    environment,
    postern: (...args) => runToEnd(['bin/postern', ...args], environment),
    kill: (name) => killProcess(readRun(home), name),
    untilReplaced: (name, killed) =>
      waitFor(() => [readRunFile(home)?.pids[name] ?? killed].flat()[0] !== killed, {
        what: `another ${name}`,
        seconds: startSeconds,
      }),
    stop: async ({ keepHome = false } = {}) => {
      child.ref()
      child.kill('SIGTERM')
      const code = await ended
      process.off('exit', killWithTest)
      if (!keepHome) rmSync(home, { recursive: true, force: true })
      return code
    },
  }
}

function readRun(home: string): RunFile {
  const found = readRunFile(home)
  if (!found) throw new Error(`no run.json in ${home}`)
  return found
}

function killProcess(run: RunFile, name: ProcessName): number {
  const processId = [run.pids[name] ?? []].flat()[0]
  if (processId === undefined) throw new Error(`run.json names no ${name}`)
  process.kill(processId, 'SIGKILL')
  return processId
}

function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    if (stream instanceof Socket) stream.unref()
  }
  return () => text
}

/** A command of this checkout, to its end. */
export function runToEnd(
  command: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, command, { cwd: checkout, env: environment })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part
  })
  return new Promise((settle) => {
    child.once('close', (code) => settle({ code, stdout, stderr }))
  })
}
