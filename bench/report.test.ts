import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from './measure.ts'
import { isClean, summarize, table } from './report.ts'

const clean: Run = {
  contender: 'B',
  accepted: 100,
  lost: 0,
  duplicates: 0,
  signed: 100,
  stray: 0,
  refusals: {},
  acceptedPerSecond: 400,
  endToEndPerSecond: 400,
  cpuMsPerMessage: 4,
  commitsPerMessage: null,
  pssPeakMb: 100,
  acceptP50Ms: 10,
  acceptP99Ms: 20,
  arrivalP50Seconds: 1,
  loadCpuMsPerMessage: 0.1,
  sinkCpuMsPerMessage: 0.02,
  sinkConnections: 20,
  idlePercent: 0,
  othersPercent: 2,
  wasQuiet: true,
  signaturesPerSecond: [3_000, 3_100],
}

test('speeds are medians, and multiples are taken of the baseline of the same session', () => {
  const speeds = [900, 1_000, 5_000]
  const runs = [
    clean,
    ...speeds.map((endToEndPerSecond) => ({
      ...clean,
      contender: 'postern',
      endToEndPerSecond,
      cpuMsPerMessage: 1,
      commitsPerMessage: 0.05,
    })),
  ]
  const [baseline, postern] = summarize(runs, 'B')
  assert.equal(baseline?.timesBaselineSpeed, null)
  assert.equal(postern?.endToEndPerSecond, 1_000)
  assert.equal(postern?.timesBaselineSpeed, 2.5)
  assert.equal(postern?.timesBaselineCpu, 0.25)
  assert.match(table([baseline!, postern!]), /^postern +1000 +2\.50 +1\.000 +0\.25 +0\.0500 /m)
})

test('one bad run of three is not hidden by the median', () => {
  const problems: Partial<Run>[] = [
    { lost: 1 },
    { duplicates: 1, signed: 101 },
    { signed: 99 },
    { stray: 1 },
    { refusals: { '503': 1 } },
  ]
  for (const problem of problems) {
    const [summary] = summarize([clean, { ...clean, ...problem }, clean], 'B')
    assert.equal(isClean(summary!), false, JSON.stringify(problem))
  }
  assert.equal(isClean(summarize([clean, clean], 'B')[0]!), true)
})
