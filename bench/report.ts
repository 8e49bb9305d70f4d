/** From single runs to the table on the screen and the file in bench/results. */
import type { Run } from './measure.ts'

/** Speeds and costs are medians over the runs; losses and the like are the worst of them. */
export interface Summary {
  contender: string
  runs: number
  endToEndPerSecond: number
  acceptedPerSecond: number
  cpuMsPerMessage: number
  commitsPerMessage: number | null
  acceptP50Ms: number
  acceptP99Ms: number
  pssPeakMb: number
  othersPercent: number
  signaturesPerSecond: number
  lost: number
  duplicates: number
  unsigned: number
  stray: number
  refused: number
  /** Against the baseline of the same session; null for the baseline itself and without one. */
  timesBaselineSpeed: number | null
  timesBaselineCpu: number | null
}

export function summarize(runs: Run[], baselineName: string): Summary[] {
  const names = [...new Set(runs.map(({ contender }) => contender))]
  const summaries = names.map((name) => summaryOf(runs.filter((run) => run.contender === name)))
  const baseline = summaries.find(({ contender }) => contender === baselineName)
  return summaries.map((one) => {
    if (!baseline || one === baseline) return one
    return {
      ...one,
      timesBaselineSpeed: one.endToEndPerSecond / baseline.endToEndPerSecond,
      timesBaselineCpu: one.cpuMsPerMessage / baseline.cpuMsPerMessage,
    }
  })
}

function summaryOf(runs: Run[]): Summary {
  const middle = (pick: (run: Run) => number) => median(runs.map(pick))
  const worst = (pick: (run: Run) => number) => Math.max(...runs.map(pick))
  return {
    contender: runs[0]?.contender ?? '',
    runs: runs.length,
    endToEndPerSecond: middle((run) => run.endToEndPerSecond),
    acceptedPerSecond: middle((run) => run.acceptedPerSecond),
    cpuMsPerMessage: middle((run) => run.cpuMsPerMessage),
    commitsPerMessage: runs.some((run) => run.commitsPerMessage === null)
      ? null
      : middle((run) => run.commitsPerMessage ?? 0),
    acceptP50Ms: middle((run) => run.acceptP50Ms),
    acceptP99Ms: middle((run) => run.acceptP99Ms),
    pssPeakMb: middle((run) => run.pssPeakMb),
    othersPercent: middle((run) => run.othersPercent),
    signaturesPerSecond: median(runs.flatMap((run) => run.signaturesPerSecond)),
    lost: worst((run) => run.lost),
    duplicates: worst((run) => run.duplicates),
    unsigned: worst((run) => run.accepted + run.duplicates - run.signed),
    stray: worst((run) => run.stray),
    refused: worst((run) => Object.values(run.refusals).reduce((sum, count) => sum + count, 0)),
    timesBaselineSpeed: null,
    timesBaselineCpu: null,
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const half = sorted.length / 2
  const upper = sorted[Math.floor(half)] ?? Number.NaN
  const lower = sorted[Math.ceil(half) - 1] ?? Number.NaN
  return (upper + lower) / 2
}

/** Nothing lost, doubled, refused, unsigned or astray. */
export function isClean(one: Summary): boolean {
  return one.lost + one.duplicates + one.unsigned + one.stray + one.refused === 0
}

type Column = [title: string, cell: (one: Summary) => string]

const columns: Column[] = [
  ['contender', (one) => one.contender],
  ['messages/s', (one) => one.endToEndPerSecond.toFixed(0)],
  ['x B', (one) => times(one.timesBaselineSpeed)],
  ['CPU ms/message', (one) => one.cpuMsPerMessage.toFixed(3)],
  ['x B', (one) => times(one.timesBaselineCpu)],
  ['commits/message', (one) => one.commitsPerMessage?.toFixed(4) ?? '-'],
  ['accept p50/p99 ms', (one) => `${one.acceptP50Ms.toFixed(1)}/${one.acceptP99Ms.toFixed(0)}`],
  ['PSS MB', (one) => one.pssPeakMb.toFixed(0)],
  ['lost', (one) => String(one.lost)],
  ['duplicates', (one) => String(one.duplicates)],
  ['unsigned', (one) => String(one.unsigned)],
  ['refused', (one) => String(one.refused)],
  ['others %', (one) => one.othersPercent.toFixed(0)],
]

export function table(summaries: Summary[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...summaries.map((one) => columns.map(([, cell]) => cell(one))),
  ]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
  return rows.map((row) => line(row).join('  ')).join('\n')
}

function times(value: number | null): string {
  return value === null ? '-' : value.toFixed(2)
}
