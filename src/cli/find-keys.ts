/** Finds API keys in files. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTokens } from '../lib/find-tokens.ts'
import { storedHash, tokenProof } from '../lib/token.ts'

export interface FoundKey {
  file: string
  line: number
  /** What the database keeps of the key: it opens nothing. */
  h2: Buffer
}

export interface Scan {
  found: FoundKey[]
  filesRead: number
  /** Too large, not text, not to be read, or no file at all. */
  filesSkipped: number
}

const fileBytesMax = 10 * 1024 * 1024
/** A file with a zero byte among its first is no text, as grep sees it. */
const headBytes = 8_000
/** Packed by git, so that nothing in it can be read as text. */
const packedByGit = /(^|\/)\.git\/objects$/

/** A file, or a folder with all below it; symbolic links are not followed. */
export function findKeys(path: string): Scan {
  const scan: Scan = { found: [], filesRead: 0, filesSkipped: 0 }
  const waiting = [path]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const kind = kindOf(next)
    if (kind === 'folder') waiting.push(...entriesOf(next, scan))
    else if (kind === 'file') scanFile(next, scan)
    else scan.filesSkipped++
  }
  scan.found.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
  return scan
}

export function keysIn(text: string): { line: number; h2: Buffer }[] {
  return text.split('\n').flatMap((line, index) =>
    findTokens(line).map(({ token }) => ({
      line: index + 1,
      h2: storedHash(tokenProof(token)),
    })),
  )
}

function kindOf(path: string): 'folder' | 'file' | 'other' {
  try {
    const entry = lstatSync(path)
    if (entry.isDirectory()) return packedByGit.test(path) ? 'other' : 'folder'
    return entry.isFile() && entry.size <= fileBytesMax ? 'file' : 'other'
  } catch {
    return 'other'
  }
}

function entriesOf(folder: string, scan: Scan): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    scan.filesSkipped++
    return []
  }
}

function scanFile(file: string, scan: Scan): void {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch {
    scan.filesSkipped++
    return
  }
  if (bytes.subarray(0, headBytes).includes(0)) {
    scan.filesSkipped++
    return
  }
  scan.filesRead++
  // Keys are ASCII, and so every encoding of text that has no zero bytes shows them.
  scan.found.push(...keysIn(bytes.toString('latin1')).map((key) => ({ file, ...key })))
}
