import { readFileSync } from 'node:fs'

const file = new URL('../../package.json', import.meta.url)

/** The version of this checkout. Called by the command line only: a process may be fenced from the file. */
export function readVersion(): string {
  // package.json is ours and has a version.
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
