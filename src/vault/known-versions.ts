/**
 * The newest version of each authority row that vault has seen, in a file of vault's own outside the database: whoever
 * puts the database back to an earlier day, history and all, does not put this back with it.
 *
 * Lines `kind/id version`, appended as versions come and written anew, one a row, at each start. A line that a crash cut
 * off is left out: the row it was about is seen again.
 */
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { VersionMemory } from '../core/authority/authority-check.ts'

const linePattern = /^([a-z_]+\/[0-9a-f-]{36}) ([1-9]\d{0,9})$/

/** Every write is on disk when it returns: behind the permission fence a file cannot be flushed afterwards. */
const appended = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC

export class KnownVersions implements VersionMemory {
  private readonly versions = new Map<string, number>()
  private readonly descriptor: number
  private unwritten: string[] = []

  constructor(folder: string) {
    const file = join(folder, 'known-versions')
    if (existsSync(file)) this.read(readFileSync(file, 'utf8'))
    const lines = [...this.versions].map(([name, version]) => lineOf(name, version))
    const rewritten = openSync(`${file}.new`, appended | constants.O_TRUNC, 0o600)
    writeSync(rewritten, lines.join(''))
    closeSync(rewritten)
    renameSync(`${file}.new`, file)
    this.descriptor = openSync(file, appended, 0o600)
  }

  newest(name: string): number {
    return this.versions.get(name) ?? 0
  }

  keep(name: string, version: number): void {
    if (version <= this.newest(name)) return
    this.versions.set(name, version)
    // Many come at once when an installation is seen for the first time.
    if (this.unwritten.length === 0) setImmediate(() => this.write())
    this.unwritten.push(lineOf(name, version))
  }

  close(): void {
    this.write()
    closeSync(this.descriptor)
  }

  private write(): void {
    if (this.unwritten.length > 0) writeSync(this.descriptor, this.unwritten.join(''))
    this.unwritten = []
  }

  private read(text: string): void {
    for (const line of text.split('\n')) {
      const [, name, version] = linePattern.exec(line) ?? []
      if (name !== undefined) this.versions.set(name, Math.max(this.newest(name), Number(version)))
    }
  }
}

function lineOf(name: string, version: number): string {
  return `${name} ${version}\n`
}
