/** One file a process in `<home>/log`, each kept below a limit with one older part beside it. */
import { copyFileSync, openSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

const logBytesMax = 50 * 1024 * 1024

export function openLogFile(folder: string, name: string): number {
  return openSync(join(folder, `${name}.log`), 'a', 0o600)
}

/**
 * The processes hold their files open for appending and cannot reach the folder, so a full file is copied and
 * emptied; what is written between the two is lost, a line at most.
 */
export function rotateLogFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (!name.endsWith('.log') || statSync(file).size < logBytesMax) continue
    copyFileSync(file, `${file}.1`)
    truncateSync(file)
  }
}
