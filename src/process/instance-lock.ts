/**
 * One supervisor for one home. The lock is a listening socket without a file (Linux's abstract names), so it cannot
 * outlive its holder; its name is a secret of the home, so nobody else can hold it.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { readRunFile } from './run-file.ts'

export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning'
}

/** Throws AlreadyRunning; otherwise the home is this process's until `release` or its end. */
export async function lockHome(home: string): Promise<{ release: () => void }> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? alreadyRunning(home) : error),
    )
    server.listen(`\0postern-${readName(home)}`, resolve)
  })
  server.unref()
  return { release: () => server.close() }
}

function alreadyRunning(home: string): AlreadyRunning {
  const processId = readRunFile(home)?.pids.supervisor
  const who = processId === undefined ? '' : ` (process ${processId})`
  return new AlreadyRunning(
    `Postern already runs on ${home}${who}; stop it first, or set POSTERN_HOME to another folder.`,
  )
}

function readName(home: string): string {
  const file = join(home, 'lock')
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, randomBytes(24).toString('base64url'), { mode: 0o600 })
  try {
    // Unlike a rename, a link never replaces the name that another start has just made.
    linkSync(fresh, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // fs throws system errors
  } finally {
    rmSync(fresh)
  }
  return readFileSync(file, 'utf8')
}
