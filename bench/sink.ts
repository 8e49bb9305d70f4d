/** Builds, starts and questions the sink (sink.c), the far end at which everything is counted. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

export interface SinkOptions {
  /** Where the program is built. */
  folder: string
  /** The mail host of dNN.bench.test listens on firstPort + NN. */
  firstPort: number
  ports: number
  controlPort: number
  delayMs?: number
  temporaryPermille?: number
}

/** Times are microseconds of CLOCK_MONOTONIC, the clock of `process.hrtime`. */
export interface SinkState {
  run: string
  messages: number
  unique: number
  duplicates: number
  foreign: number
  unnumbered: number
  signed: number
  temporary: number
  bytes: number
  connections: number
  open_peak: number
  first_us: number
  last_us: number
  cpu_ms: number
}

export interface Sink {
  state(): Promise<SinkState>
  /** Forgets everything; from now on the ids of `run` are counted. */
  reset(run: string): Promise<void>
  /** When each message arrived first, in no order. */
  arrivalsUs(): Promise<number[]>
  stop(): Promise<void>
}

export async function startSink(options: SinkOptions): Promise<Sink> {
  const program = buildSink(options.folder)
  const child = spawn(
    program,
    [
      ...['-p', String(options.firstPort), '-n', String(options.ports)],
      ...['-c', String(options.controlPort)],
      ...['-d', String(options.delayMs ?? 0), '-t', String(options.temporaryPermille ?? 0)],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  const isReady = await Promise.race([once(child.stdout, 'data'), ended.then(() => false)])
  if (!isReady) throw new Error('the sink did not start: are its ports taken?')
  const ask = (command: string) => control(options.controlPort, command)
  return {
    // The program is our own: its line is not checked.
    state: async () => JSON.parse(await ask('STAT')) as SinkState,
    reset: async (run) => void (await ask(`RESET ${run}`)),
    arrivalsUs: async () => arrivalTimes(await ask('ARRIVALS')),
    stop: () => stop(child, ended),
  }
}

function buildSink(folder: string): string {
  const source = join(import.meta.dirname, 'sink.c')
  const program = join(folder, 'sink')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs) {
    execFileSync('cc', ['-O2', '-o', program, source], { stdio: 'inherit' })
  }
  return program
}

async function control(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setTimeout(10_000, () =>
    socket.destroy(new Error('the sink is silent')),
  )
  socket.write(`${command}\n`)
  const parts: Buffer[] = []
  for await (const bytes of socket) parts.push(bytes)
  return Buffer.concat(parts).toString('latin1')
}

function arrivalTimes(lines: string): number[] {
  const rows = lines.split('\n').filter((line) => line !== '')
  return rows.map((line) => Number(line.split(' ')[2]))
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null) child.kill()
  await ended
}
