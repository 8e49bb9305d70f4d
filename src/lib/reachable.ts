/** Whether a user who is neither owner nor in the group can reach a path: every folder above it must let others through. */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const searchByOthers = 0o001

export function isReachableByOthers(path: string): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const found = statSync(folder, { throwIfNoEntry: false })
    if (!found || (found.mode & searchByOthers) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
