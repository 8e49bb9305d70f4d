/** One measured run of one contender, from the first submission until everything is at the sink and the contender is idle. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from './accounts.ts'
import { type LoadResult, runLoad, type Target } from './load.ts'
import { machineCpuMs, signaturesPerSecond, untilQuiet } from './machine.ts'
import { makeMessages } from './messages.ts'
import type { Sink, SinkState } from './sink.ts'

export interface Contender {
  name: string
  target: Target
  connections: number
  account: Account
  /** Commits of its database so far; absent for one without. */
  countCommits?: () => Promise<number>
}

export interface RunOptions {
  messages: number
  messageBytes: number
  seed: number
  quietSecondsMax: number
}

/** Per-message figures are divided by the messages accepted. */
export interface Run {
  contender: string
  accepted: number
  lost: number
  duplicates: number
  signed: number
  /** At the sink without an id of this run: what an earlier run left behind, or a broken Subject. */
  stray: number
  refusals: Record<string, number>
  acceptedPerSecond: number
  /** Unique messages at the sink by the seconds from the first submission to the last arrival. */
  endToEndPerSecond: number
  cpuMsPerMessage: number
  commitsPerMessage: number | null
  pssPeakMb: number
  acceptP50Ms: number
  acceptP99Ms: number
  arrivalP50Seconds: number
  loadCpuMsPerMessage: number
  sinkCpuMsPerMessage: number
  sinkConnections: number
  /** CPU of the contender while nothing was asked of it, in percent of a core. */
  idlePercent: number
  /** CPU that others used meanwhile, in percent of a core. */
  othersPercent: number
  wasQuiet: boolean
  /** Before and after. */
  signaturesPerSecond: [number, number]
}

const loadSecondsMax = 300
const stallSeconds = 30
const idleCpuMs = 15 // in a quarter of a second
const idleWaitsMax = 40
// A backend reports its commits at most once a second, and ten seconds after it went idle at the latest.
const commitsSettleMs = 10_500

export async function measure(contender: Contender, sink: Sink, options: RunOptions): Promise<Run> {
  const { account, countCommits } = contender
  const run = randomBytes(4).toString('hex')
  const maker = makeMessages(run, { seed: options.seed, bytes: options.messageBytes })
  await sink.reset(run)
  const wasQuiet = await untilQuiet(options.quietSecondsMax)
  const speedBefore = signaturesPerSecond()
  const idlePercent = await idleUse(account)
  const memory = watchMemory(account)
  const commitsBefore = await countCommits?.()
  const before = await readAll(account, sink)

  const load = await runLoad(contender.target, {
    messages: options.messages,
    connections: contender.connections,
    maker,
    secondsMax: loadSecondsMax,
  })
  await untilArrived(sink, load.accepted)
  const arrived = await readAll(account, sink)
  await untilIdle(account)
  const cpuMsAtRest = account.cpuMs()
  const pssPeakMb = memory.stop()
  if (countCommits) await pause(commitsSettleMs)
  const commitsAfter = await countCommits?.()
  const sinkAtEnd = await sink.state()

  return {
    contender: contender.name,
    wasQuiet,
    idlePercent,
    pssPeakMb,
    signaturesPerSecond: [speedBefore, signaturesPerSecond()],
    cpuMsPerMessage: (cpuMsAtRest - before.cpuMs) / load.accepted,
    commitsPerMessage:
      commitsBefore === undefined || commitsAfter === undefined
        ? null
        : (commitsAfter - commitsBefore) / load.accepted,
    loadCpuMsPerMessage: (arrived.ownCpuMs - before.ownCpuMs) / load.accepted,
    sinkCpuMsPerMessage: (arrived.sink.cpu_ms - before.sink.cpu_ms) / load.accepted,
    othersPercent: othersPercent(before, arrived),
    ...countsOf(load, sinkAtEnd),
    ...speedsOf(load, {
      sink: sinkAtEnd,
      startUs: before.atUs,
      arrivalsUs: await sink.arrivalsUs(),
    }),
  }
}

interface Readings {
  atUs: number
  cpuMs: number
  machineCpuMs: number
  ownCpuMs: number
  sink: SinkState
}

async function readAll(account: Account, sink: Sink): Promise<Readings> {
  const state = await sink.state()
  const own = process.cpuUsage()
  return {
    atUs: Number(process.hrtime.bigint() / 1_000n),
    cpuMs: account.cpuMs(),
    machineCpuMs: machineCpuMs(),
    ownCpuMs: (own.user + own.system) / 1_000,
    sink: state,
  }
}

function othersPercent(before: Readings, after: Readings): number {
  const known = (one: Readings) => one.cpuMs + one.ownCpuMs + one.sink.cpu_ms
  const othersMs = after.machineCpuMs - before.machineCpuMs - (known(after) - known(before))
  return (othersMs / ((after.atUs - before.atUs) / 1_000)) * 100
}

function countsOf(load: LoadResult, sink: SinkState) {
  return {
    accepted: load.accepted,
    refusals: load.refusals,
    lost: load.accepted - sink.unique,
    duplicates: sink.duplicates,
    signed: sink.signed,
    stray: sink.foreign + sink.unnumbered,
    sinkConnections: sink.connections,
  }
}

function speedsOf(
  load: LoadResult,
  { sink, startUs, arrivalsUs }: { sink: SinkState; startUs: number; arrivalsUs: number[] },
) {
  const seconds = Math.max(load.seconds, (sink.last_us - startUs) / 1e6)
  return {
    acceptedPerSecond: load.accepted / load.seconds,
    endToEndPerSecond: sink.unique / seconds,
    acceptP50Ms: percentile(load.latenciesMs, 0.5),
    acceptP99Ms: percentile(load.latenciesMs, 0.99),
    arrivalP50Seconds: (percentile(arrivalsUs, 0.5) - startUs) / 1e6,
  }
}

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Ends when all are there, or when nothing has arrived for a while: what is missing then counts as lost. */
async function untilArrived(sink: Sink, accepted: number): Promise<void> {
  let { unique } = await sink.state()
  let progressAt = performance.now()
  while (unique < accepted && performance.now() - progressAt < stallSeconds * 1_000) {
    await pause(25)
    const state = await sink.state()
    if (state.unique > unique) progressAt = performance.now()
    unique = state.unique
  }
}

async function untilIdle(account: Account): Promise<void> {
  for (let wait = 0; wait < idleWaitsMax; wait++) {
    const before = account.cpuMs()
    await pause(250)
    if (account.cpuMs() - before < idleCpuMs) return
  }
}

async function idleUse(account: Account): Promise<number> {
  const before = account.cpuMs()
  await pause(1_000)
  return (account.cpuMs() - before) / 10
}

function watchMemory(account: Account): { stop(): number } {
  let peakMb = account.pssMb()
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, account.pssMb())
  }, 1_000)
  return {
    stop() {
      clearInterval(timer)
      return peakMb
    },
  }
}
