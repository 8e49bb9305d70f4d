/** The state of the whole machine: how busy others keep it, and how fast it is at the moment. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { cgroupCpuMs } from './accounts.ts'

const calibrationMs = 150
const quietCpuMs = 250 // in one second, of all processes together

/** CPU that the whole machine has used, by the same clock as a cgroup's where there is one. */
export function machineCpuMs(): number {
  const precise = cgroupCpuMs('/sys/fs/cgroup/cpuacct') ?? cgroupCpuMs('/sys/fs/cgroup')
  if (precise !== undefined) return precise
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softIrq) * 10
}

/** Waits until the machine is nearly idle, but not for ever; false when it never was. */
export async function untilQuiet(secondsMax: number): Promise<boolean> {
  for (let second = 0; second < secondsMax; second++) {
    const before = machineCpuMs()
    await pause(1_000)
    if (machineCpuMs() - before < quietCpuMs) return true
  }
  return secondsMax === 0
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signedBytes = Buffer.alloc(300, 'a')

/** RSA-2048 signatures by a second of CPU: tells a slow hour of the machine from a slow program. */
export function signaturesPerSecond(): number {
  const start = process.cpuUsage()
  for (let count = 1; ; count++) {
    sign('sha256', signedBytes, privateKey)
    const used = process.cpuUsage(start)
    const usedMs = (used.user + used.system) / 1_000
    if (usedMs >= calibrationMs) return Math.round((count * 1_000) / usedMs)
  }
}

export function machineName(): string {
  const all = cpus()
  return `${all.length} x ${all[0]?.model.trim() ?? 'unknown'}`
}
