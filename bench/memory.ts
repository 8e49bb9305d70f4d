/**
 * Sends many small messages through a fresh instance and looks at the memory of each process as they pass: `node
 * bench/memory.ts [--messages 50000]` prints PSS (private memory plus the share of what is shared) over time and fails
 * when a process has grown after its warm-up beyond the margin.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Instance, startInstance } from '../test/support/instance.ts'
import { startLoad } from '../test/support/load.ts'
import type { MailHostCounts } from '../test/support/mail-host.ts'
import { waitFor } from '../test/support/wait-for.ts'

export interface Growth {
  process: string
  warmMb: number
  lastMb: number
}

export interface MemoryRun {
  growths: Growth[]
  accepted: number
  counts: MailHostCounts
}

/** What a garbage collector may leave lying about, which is not growth: the heaps of V8 follow the load. */
export const marginMb = 40

export async function measureMemory(options: {
  messages: number
  samples: number
  print: (line: string) => void
}): Promise<MemoryRun> {
  const { messages, samples, print } = options
  const sink = await startSink()
  const routes = join(mkdtempSync(join(tmpdir(), 'memory-')), 'routes')
  writeFileSync(routes, `sink.test smtp://127.0.0.1:${sink.port}\n`)
  const instance = await startInstance({ settings: { POSTERN_ROUTES_FILE: routes } })
  try {
    await liftLimits(instance)
    const taken: Map<string, number>[] = []
    let accepted = 0
    for (let part = 1; part <= samples; part++) {
      accepted += await sendPart(instance, Math.round(messages / samples), part)
      await waitFor(async () => (await sink.counts()).unique >= accepted, {
        what: 'the messages at the mail host',
        seconds: 300,
      })
      taken.push(pssOf(instance))
      const figures = [...(taken.at(-1) ?? [])].map(([name, mb]) => `${name} ${mb.toFixed(0)}`)
      print(`${accepted} messages: ${figures.join(', ')} MB`)
    }
    return { growths: growthsOf(taken), accepted, counts: await sink.counts() }
  } finally {
    await instance.stop()
    sink.stop()
  }
}

/** The first two fifths warm up; what counts is the least of the last two, since a collection may be due. */
function growthsOf(taken: Map<string, number>[]): Growth[] {
  const warm = taken[Math.max(0, Math.floor((taken.length * 2) / 5) - 1)]
  return [...(warm ?? [])].map(([process, warmMb]) => ({
    process,
    warmMb,
    lastMb: Math.min(...taken.slice(-2).map((sample) => sample.get(process) ?? 0)),
  }))
}

async function sendPart(instance: Instance, count: number, part: number): Promise<number> {
  const load = startLoad({
    url: instance.apiUrl,
    key: instance.key,
    run: `memory-${part}`,
    recipientDomain: 'sink.test',
    random: () => 0.5,
    workers: 4,
    batchShare: 1,
    isDone: ({ accepted }) => accepted.size >= count,
  })
  await load.ended
  if (load.faults.length > 0) throw new Error(load.faults.join('\n'))
  return load.accepted.size
}

async function liftLimits(instance: Instance): Promise<void> {
  const { stdout } = await instance.postern('account', 'list', '--json')
  for (const { id } of JSON.parse(stdout).data) {
    await instance.postern('account', 'limits', id, '--requests-per-second', '1000000')
  }
}

/** PostgreSQL is left out: its shared buffers fill up to their setting, and the benchmark counts them. */
function pssOf({ runJson }: Instance): Map<string, number> {
  const processes = Object.entries(runJson.pids).filter(([name]) => name !== 'postgres')
  return new Map(
    processes.map(([name, ids]) => {
      const megabytes = [ids].flat().map((processId) => {
        const rollup = readFileSync(`/proc/${processId}/smaps_rollup`, 'utf8')
        return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024
      })
      return [name, megabytes.reduce((sum, one) => sum + one, 0)]
    }),
  )
}

/** In a process of its own, so that what it keeps is not counted here. */
async function startSink() {
  const program = join(import.meta.dirname, '../test/support/mail-host.ts')
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill())
  const lines = createInterface({ input: child.stdout })
  const [port] = (await once(lines, 'line')) as [string] // a line is text
  return {
    port: Number(port),
    async counts(): Promise<MailHostCounts> {
      const answer = once(lines, 'line')
      child.stdin.write('\n')
      const [line] = (await answer) as [string] // a line is text
      return JSON.parse(line)
    },
    stop: () => child.kill(),
  }
}

/** Those that have grown beyond the margin. */
export function tooLarge(growths: Growth[]): Growth[] {
  return growths.filter(({ warmMb, lastMb }) => lastMb - warmMb > marginMb)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { messages: { type: 'string', default: '50000' } } })
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  const run = await measureMemory({ messages: Number(values.messages), samples: 20, print })
  for (const { process: name, warmMb, lastMb } of run.growths) {
    print(`${name}: ${warmMb.toFixed(0)} MB when warm, ${lastMb.toFixed(0)} MB at the end`)
  }
  const grown = tooLarge(run.growths)
  const names = grown.map((one) => one.process).join(', ')
  print(grown.length === 0 ? `flat within ${marginMb} MB` : `grown beyond ${marginMb} MB: ${names}`)
  process.exitCode = grown.length === 0 ? 0 : 1
}
