/**
 * What a group of processes has used: by a cgroup of its own where one can be made (exact), else by the clock ticks of its
 * process trees (10 ms; what a reaped child used is counted in its parent). Compare only figures of the same kind.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Account {
  kind: 'cgroup' | 'ticks'
  cpuMs(): number
  /** Private memory plus the share of what is shared; each page counts once in the sum. */
  pssMb(): number
}

const tickMs = 10

/** An empty cgroup, or undefined where this user or machine cannot have one. */
export function makeCgroup(name: string): string | undefined {
  const mounts = read('/proc/self/mounts').split('\n')
  const fields = mounts.map((line) => line.split(' '))
  const mount =
    fields.find(([, , type, options]) => type === 'cgroup' && options?.includes('cpuacct')) ??
    fields.find(([, , type]) => type === 'cgroup2')
  if (!mount?.[1]) return undefined
  const folder = join(mount[1], `postern-bench-${process.pid}-${name}`)
  try {
    mkdirSync(folder)
    // Version 2 counts CPU in every group, without a controller; writing proves that processes may be moved here.
    writeFileSync(join(folder, 'cgroup.procs'), '')
    return folder
  } catch {
    removeCgroup(folder)
    return undefined
  }
}

/** A group can only be removed when its last process is gone; an empty one left behind costs nothing. */
export function removeCgroup(folder: string | undefined): void {
  if (folder === undefined) return
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!isAbsent(error) && !isBusy(error)) throw error
  }
}

/** The command that starts `command` inside the cgroup; its children are born there too. */
export function inCgroup(folder: string | undefined, command: string[]): [string, ...string[]] {
  const script = 'test -z "$1" || echo $$ > "$1/cgroup.procs"; shift; exec "$@"'
  return ['/bin/sh', '-c', script, 'sh', folder ?? '', ...command]
}

/** `rootPids` is asked each time, since a restarted process has a new number. */
export function accountOf(cgroup: string | undefined, rootPids: () => number[]): Account {
  if (cgroup === undefined) {
    return {
      kind: 'ticks',
      cpuMs: () => ticksOf(processTrees(rootPids())) * tickMs,
      pssMb: () => pssMbOf(processTrees(rootPids()).map(({ pid }) => pid)),
    }
  }
  return {
    kind: 'cgroup',
    cpuMs: () => cgroupCpuMs(cgroup) ?? 0,
    pssMb: () =>
      pssMbOf(read(join(cgroup, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)),
  }
}

/** CPU of a cgroup of version 1 or 2 since it was made; undefined when there is no such counter. */
export function cgroupCpuMs(folder: string): number | undefined {
  const nanoseconds = read(join(folder, 'cpuacct.usage'))
  if (nanoseconds !== '') return Number(nanoseconds) / 1e6
  const microseconds = /^usage_usec (\d+)/m.exec(read(join(folder, 'cpu.stat')))
  return microseconds ? Number(microseconds[1]) / 1e3 : undefined
}

interface ProcessLine {
  pid: number
  parent: number
  ticks: number
}

function processTrees(rootPids: number[]): ProcessLine[] {
  const all = readdirSync('/proc').flatMap((name) => processLine(name) ?? [])
  const inside = new Set(rootPids)
  for (let size = 0; size < inside.size; ) {
    size = inside.size
    for (const { pid, parent } of all) if (inside.has(parent)) inside.add(pid)
  }
  return all.filter(({ pid }) => inside.has(pid))
}

function processLine(name: string): ProcessLine | undefined {
  const pid = Number(name)
  const line = Number.isInteger(pid) ? read(`/proc/${pid}/stat`) : ''
  if (line === '') return undefined
  // The name in brackets may hold blanks; after it come state, parent, … and utime, stime, cutime, cstime.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid, parent: Number(fields[1]), ticks }
}

function ticksOf(lines: ProcessLine[]): number {
  return lines.reduce((sum, { ticks }) => sum + ticks, 0)
}

function pssMbOf(pids: number[]): number {
  const kilobytes = pids.map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
  )
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}

/** Empty when there is no such file: processes come and go while they are counted. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EBUSY'
}
