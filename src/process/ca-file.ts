/** Files of certificates that are trusted beside the usual ones, read by the supervisor, since the fence closes files to jobs. */
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

const fileBytesMax = 64 * 1024
const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** `setting` names the file. Null without one; throws an Error that says what is wrong with it. */
export function readCaFile(setting: string, file: string | null): string | null {
  if (file === null) return null
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile() || found.size > fileBytesMax) {
    throw new Error(`${setting} must be a file of at most ${fileBytesMax} bytes; check ${file}`)
  }
  try {
    const blocks = readFileSync(file, 'utf8').match(block) ?? []
    for (const text of blocks) new X509Certificate(text)
    // Only they go on: whatever else stands there is not for jobs.
    if (blocks.length > 0) return `${blocks.join('\n')}\n`
  } catch (cause) {
    throw new Error(`${setting} must hold certificates in PEM; ${file} does not`, {
      cause,
    })
  }
  throw new Error(`${setting} must hold certificates in PEM; ${file} does not`)
}
