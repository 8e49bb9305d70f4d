/**
 * One embedded PostgreSQL for a test run: `scripts/test.mjs` starts it and names it in TEST_DATABASE_SERVER; a test file
 * that is run by hand starts its own and ends it with itself.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/db/embedded.ts'
import type { DatabaseLogin } from '../../src/db/login.ts'
import { makeReachableFolder, makeSocketFolder } from '../../src/process/folders.ts'
import { identityOf } from '../../src/process/identity.ts'

export interface TestServer {
  /** The superuser on the database `postgres`. */
  admin: DatabaseLogin
  /** Kills the server and removes its files; for whoever started it. */
  end(): void
}

let server: Promise<TestServer> | undefined

export function testServer(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_SERVER
  server ??= given
    ? Promise.resolve({ admin: JSON.parse(given) as DatabaseLogin, end: () => {} })
    : startTestServer()
  return server
}

/** Without fsync, since no test of this server survives a power cut; ends with the process that started it. */
export async function startTestServer(): Promise<TestServer> {
  const folder = makeReachableFolder([tmpdir()], 'postern-test-')
  const home = join(folder, 'home')
  const socketFolder = join(folder, 'pg')
  mkdirSync(home, { mode: 0o711 })
  makeSocketFolder(socketFolder, identityOf('postgres'))
  const database = await startEmbedded({
    home,
    socketFolder,
    copyInto: folder,
    user: identityOf('postgres'),
    parameters: { fsync: 'off', shared_buffers: '64MB', max_connections: '200' },
    unref: true,
  })
  const end = () => {
    quit(database.processId)
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', end)
  return { admin: database.admin, end }
}

/** Without an event loop, since it is called while the process exits. */
function quit(processId: number): void {
  try {
    process.kill(processId, 'SIGQUIT')
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let tries = 0; tries < 300 && !hasEnded(processId); tries++) Atomics.wait(pause, 0, 0, 10)
  } catch {
    // It has ended by itself.
  }
}

/** A child that nobody has waited for yet stays as a zombie. */
function hasEnded(processId: number): boolean {
  return /\) Z /.test(readFileSync(`/proc/${processId}/stat`, 'utf8'))
}
