/** Makes the data folder of the embedded PostgreSQL: complete under its final name, or not there at all. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

export interface User {
  uid: number
  gid: number
}

/**
 * The working folder under a name that needs no way to it: whoever runs in it may open this, however closed the
 * folders above are.
 */
export const workingFolder = '/proc/self/cwd'

/** Nothing happens when the cluster exists. The superuser's password is kept in `passwordFile`, for its owner only. */
export async function makeCluster({
  dataFolder,
  passwordFile,
  binaries,
  owner,
}: {
  dataFolder: string
  passwordFile: string
  binaries: string
  owner: User | null
}): Promise<void> {
  if (existsSync(join(dataFolder, 'PG_VERSION'))) {
    // A home that an ordinary user made and root starts now.
    if (owner && statSync(dataFolder).uid !== owner.uid) giveTo(dataFolder, owner)
    return
  }
  const unfinished = `${dataFolder}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(join(unfinished, 'data'), { recursive: true, mode: 0o700 })
  chmodSync(unfinished, 0o700)
  const password = randomBytes(32).toString('base64url')
  writeFileSync(join(unfinished, 'password'), password, { mode: 0o600 })
  // initdb asks for a user that the machine knows by name, which the server does not.
  const maker = owner && readNobody()
  if (maker) giveTo(unfinished, maker)
  await initdb({ folder: unfinished, binaries, maker })
  if (owner) giveTo(join(unfinished, 'data'), owner)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  renameSync(join(unfinished, 'data'), dataFolder)
  rmSync(unfinished, { recursive: true })
}

async function initdb({
  folder,
  binaries,
  maker,
}: {
  folder: string
  binaries: string
  maker: User | null
}): Promise<void> {
  const log = join(folder, '..', 'log', 'initdb.log')
  mkdirSync(join(folder, '..', 'log'), { recursive: true })
  const output = openSync(log, 'w', 0o600)
  const child = spawn(
    `${binaries}/bin/initdb`,
    [
      `--pgdata=${workingFolder}`,
      '--pwfile=../password',
      '--username=postgres',
      '--auth=scram-sha-256',
      '--locale=C.UTF-8',
      '--encoding=UTF8',
      '--data-checksums',
      '--sync-method=syncfs',
    ],
    { cwd: join(folder, 'data'), env: {}, stdio: ['ignore', output, output], ...maker },
  )
  closeSync(output)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code === 0) return
  const said = readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' ')
  throw new Error(`the embedded PostgreSQL could not be prepared (${said}); see ${log}`)
}

function readNobody(): User {
  const line = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(\d+):(\d+):/m)
  return { uid: Number(line?.[1] ?? 65_534), gid: Number(line?.[2] ?? 65_534) }
}

function giveTo(folder: string, { uid, gid }: User): void {
  chownSync(folder, uid, gid)
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) giveTo(path, { uid, gid })
    else chownSync(path, uid, gid)
  }
}
