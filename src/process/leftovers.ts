/** What a killed supervisor leaves: processes, which their lifeline ends while the next start waits, and its sockets. */
import { readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { roles } from '../config/role.ts'
import { runtimePrefix } from './folders.ts'
import { readRunFile, removeRunFile } from './run-file.ts'

const endSeconds = 15
const pollMs = 20

export async function awaitLeftovers(home: string, entries: Record<string, string>): Promise<void> {
  const left = readRunFile(home)
  if (!left) return
  for (const role of roles) {
    for (const processId of [left.pids[role] ?? []].flat())
      await end(processId, entries[role] ?? '')
  }
  if (basename(left.sockets).startsWith(runtimePrefix)) {
    rmSync(left.sockets, { recursive: true, force: true })
  }
  removeRunFile(home)
}

async function end(processId: number, entry: string): Promise<void> {
  const deadline = performance.now() + endSeconds * 1000
  while (runs(processId, entry)) {
    if (performance.now() > deadline) process.kill(processId, 'SIGKILL')
    await wait(pollMs)
  }
}

/** A number may have been given to another program since, so the command line is compared. */
function runs(processId: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').split('\0').includes(entry)
  } catch {
    return false
  }
}
