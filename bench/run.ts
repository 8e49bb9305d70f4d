/** `node bench/run.ts`: Postern beside Postfix with OpenDKIM, in one session, interleaved. `--help` names the options. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/lib/clock.ts'
import { machineName } from './machine.ts'
import { type Contender, measure, type Run, type RunOptions } from './measure.ts'
import { recipientDomains } from './messages.ts'
import { startPostern } from './postern.ts'
import { baselineName, type Started, startPostfix } from './postfix.ts'
import { isClean, type Summary, summarize, table } from './report.ts'
import { type Sink, startSink } from './sink.ts'

const help = `node bench/run.ts [options]
  --messages N         a run (10000)
  --runs N             counted runs of each; the median is shown (3)
  --warm-up N          messages of the run before them that does not count (1000)
  --size BYTES         of a message (10240)
  --only LIST          postfix, postern or both, separated by a comma (both)
  --sink-port N        first of the sink's 20 ports; its control is the one before (2600)
  --sink-delay-ms N    replies come so late (0)
  --smtp-port N        Postfix's (2526)
  --quiet-seconds N    wait at most so long for a quiet machine before each run (60)
  --others-max N       set a run aside, twice at most, when others used more than so many percent of a core (20)
  --minutes-max N      give up (45)
Needs a C compiler, and for Postfix root and what bench/postfix.sh install brings.`

const scratch = join(import.meta.dirname, '../.bench-tmp')
const setAsideMax = 2

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    messages: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '1000' },
    size: { type: 'string', default: '10240' },
    only: { type: 'string', default: 'postfix,postern' },
    'sink-port': { type: 'string', default: '2600' },
    'sink-delay-ms': { type: 'string', default: '0' },
    'smtp-port': { type: 'string', default: '2526' },
    'quiet-seconds': { type: 'string', default: '60' },
    'others-max': { type: 'string', default: '20' },
    'minutes-max': { type: 'string', default: '45' },
  },
})

if (values.help) console.log(help)
else await main()

async function main(): Promise<void> {
  const stops: (() => Promise<void>)[] = []
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  endInTime(stopAll)
  try {
    const sink = await startSink({
      folder: scratch,
      firstPort: Number(values['sink-port']),
      ports: recipientDomains,
      controlPort: Number(values['sink-port']) - 1,
      delayMs: Number(values['sink-delay-ms']),
    })
    stops.push(sink.stop)
    const contenders: Contender[] = []
    for (const start of starters()) {
      const started = await start()
      stops.push(started.stop)
      contenders.push(...started.contenders)
    }
    const runs = await measureAll(contenders, sink)
    report(runs)
  } finally {
    await stopAll()
  }
}

/** Ctrl-C, SIGTERM and the time limit stop what was started before they end the benchmark. */
function endInTime(stopAll: () => Promise<void>): void {
  const giveUp = (why: string) => {
    console.error(`bench: ${why}; stopping what was started`)
    stopAll().finally(() => process.exit(3))
  }
  const ms = Number(values['minutes-max']) * 60_000
  setTimeout(() => giveUp(`gave up after ${values['minutes-max']} minutes`), ms).unref()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(signal))
}

function starters(): (() => Started | Promise<Started>)[] {
  const sinkPort = Number(values['sink-port'])
  const all = {
    postfix: () =>
      startPostfix({
        folder: join(scratch, 'postfix'),
        smtpPort: Number(values['smtp-port']),
        sinkPort,
      }),
    postern: () => startPostern({ folder: join(scratch, 'postern'), sinkPort }),
  }
  return values.only.split(',').map((name) => {
    if (name === 'postfix' || name === 'postern') return all[name]
    throw new Error(`--only takes postfix and postern, not ${name}`)
  })
}

/** Interleaved, so that a slow minute of the machine falls on all alike. */
async function measureAll(contenders: Contender[], sink: Sink): Promise<Run[]> {
  const options: RunOptions = {
    messages: Number(values.messages),
    messageBytes: Number(values.size),
    seed: 1,
    quietSecondsMax: Number(values['quiet-seconds']),
  }
  const warmUp = { ...options, messages: Number(values['warm-up']), quietSecondsMax: 0 }
  for (const contender of contenders) say('warm-up', await measure(contender, sink, warmUp))
  const setAside = new Map<Contender, number>()
  const runs: Run[] = []
  for (let round = 1; round <= Number(values.runs); round++) {
    for (const contender of contenders) {
      let run = await measure(contender, sink, options)
      while (isNoisy(run) && (setAside.get(contender) ?? 0) < setAsideMax) {
        setAside.set(contender, (setAside.get(contender) ?? 0) + 1)
        say('set aside', run)
        run = await measure(contender, sink, options)
      }
      say(`run ${round}`, run)
      runs.push(run)
    }
  }
  return runs
}

function isNoisy(run: Run): boolean {
  return run.othersPercent > Number(values['others-max'])
}

function say(what: string, run: Run): void {
  const refusals = Object.entries(run.refusals).map(([text, count]) => `; ${count} x ${text}`)
  console.error(
    `${what}: ${run.contender}: ${run.endToEndPerSecond.toFixed(0)}/s, ${run.cpuMsPerMessage.toFixed(3)} ms, ` +
      `lost ${run.lost}, duplicates ${run.duplicates}, signed ${run.signed} of ${run.accepted}, ` +
      `others ${run.othersPercent.toFixed(0)} %${refusals.join('')}`,
  )
}

function report(runs: Run[]): void {
  const summaries = summarize(runs, baselineName)
  console.log(table(summaries))
  const date = new Date(systemClock.now()).toISOString().slice(0, 19).replaceAll(':', '-')
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${date}.json`)
  writeFileSync(
    file,
    `${JSON.stringify({ ...conditions(date), summaries, runs }, roundedNumber, 2)}\n`,
  )
  console.log(`\nbench/results/${date}.json`)
  if (!summaries.every(isClean)) markUnclean(summaries)
}

function conditions(date: string) {
  const messages = Number(values.messages)
  return {
    date,
    machine: machineName(),
    node: process.version,
    postfix: values.only.includes('postfix') ? postfixVersion() : null,
    options: { messages, bytes: Number(values.size), sinkDelayMs: Number(values['sink-delay-ms']) },
  }
}

function postfixVersion(): string {
  return execFileSync('/usr/sbin/postconf', ['-d', '-h', 'mail_version'], {
    encoding: 'utf8',
  }).trim()
}

function roundedNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value
}

function markUnclean(summaries: Summary[]): void {
  const names = summaries.filter((one) => !isClean(one)).map(({ contender }) => contender)
  console.error(
    `Not clean (lost, doubled, refused, unsigned or stray messages): ${names.join(', ')}`,
  )
  process.exitCode = 1
}
