/**
 * The embedded PostgreSQL: a real server of our own on a Unix socket, reachable from nowhere else. It says nothing of
 * statements, parameters or values in its log.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isReachableByOthers } from '../lib/reachable.ts'
import { findBinaries } from './embedded-binaries.ts'
import { makeCluster, type User, workingFolder } from './embedded-cluster.ts'
import type { DatabaseLogin } from './login.ts'

export interface EmbeddedOptions {
  /** Holds the data folder (`database`), its password and its log. */
  home: string
  /** Short, since a socket's path has 107 bytes at most; its owner must be `user`. */
  socketFolder: string
  /** Reachable by every user; binaries are copied here when they must be. */
  copyInto: string
  /** Who runs the server; null: whoever calls. */
  user: User | null
  /** Other values than Postern's own, for tests. */
  parameters?: Record<string, string>
  /** Lets the caller's process end while the server runs. */
  unref?: boolean
}

export interface EmbeddedDatabase {
  /** The superuser, on the database `postgres`. */
  admin: DatabaseLogin
  processId: number
  dataFolder: string
  /** Resolves when the server has ended, however it did. */
  ended: Promise<void>
  /** Rolls back what is open, writes a checkpoint and ends. */
  stop(): Promise<void>
}

/** Names the socket; there is no TCP port, so several instances may share the number. */
const port = 5432
const readySeconds = 60
const stopSeconds = 30
const pollMs = 15

const parameters: Record<string, string> = {
  listen_addresses: '',
  max_connections: '100',
  unix_socket_permissions: '0770',
  shared_buffers: '256MB',
  huge_pages: 'off',
  jit: 'off',
  synchronous_commit: 'on',
  wal_compression: 'pglz',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  // What PostgreSQL says of a failed statement quotes values, so only the server's own life is logged.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const home = realpathSync(options.home)
  const dataFolder = join(home, 'database')
  const passwordFile = join(home, 'database.password')
  const binaries = findBinaries({
    asOtherUser: options.user !== null,
    copyInto: options.copyInto,
  })
  await stopLeftover(dataFolder)
  await makeCluster({ dataFolder, passwordFile, binaries, owner: options.user })
  const { child, ended } = await untilReady(() => spawnServer(options, { binaries, dataFolder }), {
    dataFolder,
  })
  return {
    admin: {
      host: options.socketFolder,
      port,
      user: 'postgres',
      password: readFileSync(passwordFile, 'utf8').trim(),
      database: 'postgres',
    },
    processId: child.pid ?? 0,
    dataFolder,
    ended,
    stop: async () => {
      child.kill('SIGINT')
      const late = setTimeout(() => child.kill('SIGQUIT'), stopSeconds * 1000)
      await ended
      clearTimeout(late)
    },
  }
}

interface Server {
  child: ChildProcess
  ended: Promise<void>
}

function spawnServer(
  { home, socketFolder, user, parameters: others, unref }: EmbeddedOptions,
  { binaries, dataFolder }: { binaries: string; dataFolder: string },
): Server {
  mkdirSync(join(home, 'log'), { recursive: true })
  const output = openSync(join(home, 'log', 'postgres.log'), 'a', 0o600)
  // Reached through the working folder when the way to it is closed to the server's user.
  const isClosed = user !== null && !isReachableByOthers(home)
  const settings = Object.entries({ ...parameters, ...others })
  const child = spawn(
    `${binaries}/bin/postgres`,
    [
      ...['-D', isClosed ? workingFolder : dataFolder, '-k', socketFolder, '-p', String(port)],
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      cwd: dataFolder,
      env: {},
      detached: true,
      stdio: ['ignore', output, output],
      ...user,
    },
  )
  closeSync(output)
  if (unref) child.unref()
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return { child, ended }
}

/**
 * Started again while it ends at once: after a kill -9 the children of the earlier server need a moment to notice, and
 * until then the new one refuses to share their memory.
 */
async function untilReady(
  start: () => Server,
  { dataFolder }: { dataFolder: string },
): Promise<Server> {
  const deadline = performance.now() + readySeconds * 1000
  let server = start()
  let hasEnded = false
  const watch = (one: Server) => {
    hasEnded = false
    one.ended.then(() => {
      if (one === server) hasEnded = true
    })
  }
  watch(server)
  while (performance.now() < deadline) {
    const found = readPostmaster(dataFolder)
    if (found?.isReady && found.processId === server.child.pid) return server
    await wait(hasEnded ? 200 : pollMs)
    if (!hasEnded) continue
    server = start()
    watch(server)
  }
  server.child.kill('SIGQUIT')
  throw new Error(`PostgreSQL was not ready within ${readySeconds} s; see postgres.log`)
}

/** A server of this data folder that outlived its supervisor is stopped; a note of one that is gone is removed. */
export async function stopLeftover(dataFolder: string): Promise<void> {
  const left = readPostmaster(dataFolder)
  if (!left) return
  if (!serves(left.processId, dataFolder)) {
    rmSync(join(dataFolder, 'postmaster.pid'), { force: true })
    return
  }
  process.kill(left.processId, 'SIGINT')
  const deadline = performance.now() + stopSeconds * 1000
  while (serves(left.processId, dataFolder)) {
    if (performance.now() > deadline) process.kill(left.processId, 'SIGQUIT')
    await wait(pollMs)
  }
}

interface Postmaster {
  processId: number
  isReady: boolean
}

/** postmaster.pid: the process on line 1, its state on line 8. */
function readPostmaster(dataFolder: string): Postmaster | undefined {
  const file = join(dataFolder, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const lines = readIfThere(file).split('\n')
  const processId = Number(lines[0])
  if (!Number.isInteger(processId) || processId <= 1) return undefined
  return { processId, isReady: lines[7]?.trim() === 'ready' }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // The server removes it as it ends, between our look and our reading.
    return ''
  }
}

/** A number may have been given to another program since, so its working folder is compared. */
function serves(processId: number, dataFolder: string): boolean {
  try {
    return readlinkSync(`/proc/${processId}/cwd`) === dataFolder
  } catch {
    return false
  }
}
