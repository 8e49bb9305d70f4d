/** Folders and who may enter them: the data folder under POSTERN_HOME, and the short private one for sockets. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from '../config/role.ts'
import type { Settings } from '../config/settings.ts'
import { isReachableByOthers } from '../lib/reachable.ts'
import type { Identity } from './handover.ts'
import { identityOf, isRoot, socketsGroupId } from './identity.ts'

/** A socket's path has 107 bytes at most; the longest name below a runtime folder has 20. */
const runtimePathBytesMax = 80

/** How the runtime folders of instances are named. */
export const runtimePrefix = 'postern-'

/** As root also tried: folders that the other users can reach whatever TMPDIR says. */
const rootsOwnFolders = ['/run', '/tmp']

/** A new folder in the first of `parents` that is short enough and, as root, reachable by the processes' users. */
export function makeReachableFolder(parents: readonly string[], prefix: string): string {
  const candidates = isRoot() ? [...parents, ...rootsOwnFolders] : [...parents, '/tmp']
  for (const parent of candidates) {
    if (Buffer.byteLength(join(parent, prefix)) + 6 > runtimePathBytesMax) continue
    if (isRoot() && !isReachableByOthers(parent)) continue
    const folder = tryMake(join(parent, prefix))
    if (folder === undefined) continue
    if (isRoot()) chmodSync(folder, 0o711)
    return folder
  }
  throw new Error(`no folder for sockets could be made in ${candidates.join(', ')}; set TMPDIR`)
}

function tryMake(prefix: string): string | undefined {
  try {
    return mkdtempSync(prefix)
  } catch {
    return undefined
  }
}

/** A folder whose sockets every process may use: its owner makes them, the group of all processes reaches them. */
export function makeSocketFolder(path: string, owner: Identity | null): void {
  mkdirSync(path, { mode: 0o700 })
  if (!owner) return
  chownSync(path, owner.uid, socketsGroupId)
  // The set-group bit gives what is made inside to the same group.
  chmodSync(path, 0o2710)
}

export interface HomeFolders {
  home: string
  log: string
  public: string
  inbox: string
  /** What vault keeps outside the database. */
  vault: string
  /** The key of the account at an ACME authority. */
  jobs: string
}

/** The one folder a process may write, if it has one; that of jobs is for certificates only. */
export function dataFolderOf(
  role: Role,
  folders: HomeFolders,
  { acme }: Pick<Settings, 'acme'>,
): string | null {
  if (role === 'inbox' || role === 'vault') return folders[role]
  return role === 'jobs' && acme !== null ? folders.jobs : null
}

/** As root the processes' users may pass through the home to their own part, and see nothing else of it. */
export function makeHome(home: string): HomeFolders {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  chmodSync(home, isRoot() ? 0o711 : 0o700)
  const folders = {
    home,
    log: join(home, 'log'),
    public: join(home, 'public'),
    inbox: join(home, 'inbox'),
    vault: join(home, 'vault'),
    jobs: join(home, 'jobs'),
  }
  mkdirSync(folders.log, { recursive: true, mode: 0o700 })
  mkdirSync(folders.public, { recursive: true, mode: 0o755 })
  for (const role of ['inbox', 'vault', 'jobs'] as const) {
    mkdirSync(folders[role], { recursive: true, mode: 0o700 })
    const owner = identityOf(role)
    if (owner) giveTo(folders[role], owner)
  }
  return folders
}

/** Also what is inside, which another user has made when the home was used without root before. */
function giveTo(folder: string, { uid, gid }: Identity): void {
  chownSync(folder, uid, gid)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile()) chownSync(join(folder, entry.name), uid, gid)
  }
}
