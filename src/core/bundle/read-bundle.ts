/** Reads the files of a bundle, all of them: what is checked is what is served. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { BundleFile } from './check-bundle.ts'

/** Empty when the folder is not there. */
export function readBundle(folder: string): BundleFile[] {
  return filesBelow(folder).map((path) => ({
    path: path.split(sep).join('/'),
    bytes: readFileSync(join(folder, path)),
  }))
}

/** Symbolic links are neither followed nor served. */
function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, sep).length))
      .sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
