import { readFileSync } from 'node:fs'

const file = new URL('../../package.json', import.meta.url)

/** The version of this checkout. A process may be fenced from the file later on, so it asks while it is loaded. */
export function readVersion(): string {
  // package.json is ours and has a version.
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
