/**
 * The skeleton of every process. When it is called all imports are done, and its first act is to become its own user;
 * nothing can be imported afterwards, since that user may be unable to reach the code.
 */
import { closeSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { openPool, type Pool } from '../db/sql.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { readLines, writeLine } from './control-channel.ts'
import type { Handover, Order, Report, Role } from './handover.ts'
import { becomeUser } from './identity.ts'
import { type Log, openLog } from './log.ts'

const handoverFd = 3
const controlFd = 4
const connectionsMaxDefault = 8
/** Less than the supervisor waits before it kills. */
const stopMs = 12_000

export interface ProcessDeps<OneRole extends Role> {
  handover: Handover
  log: Log
  clock: Clock
  /** Every process has a database login but the inbox. */
  sql: OneRole extends 'inbox' ? null : Pool
  /** Tells the supervisor; it waits for `ready`, which is said once every door is open. */
  report: (report: Report) => void
  /** Calls back with each order but `stop`; a new login is already in use by then. */
  onOrder: (listener: (order: Order) => void) => void
}

export interface Running {
  /** Stops taking work, then finishes or releases what is held. Called once. */
  stop(): Promise<void>
}

export interface RunOptions {
  connectionsMax?: number
  /** Imports what only some settings need, while the code is in reach for certain. */
  beforeUser?: (handover: Handover) => Promise<void>
}

/** Thrown by `start` for what the operator can put right; the message is shown to them. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}

export async function runProcess<OneRole extends Role>(
  role: OneRole,
  start: (deps: ProcessDeps<OneRole>) => Promise<Running>,
  { connectionsMax = connectionsMaxDefault, beforeUser }: RunOptions = {},
): Promise<void> {
  const handover = takeHandover(role)
  const log = openLog(role)
  endOnBugs(log)
  await beforeUser?.(handover)
  if (handover.identity) becomeUser(handover.identity)
  // vault's socket is for the group of all processes; nothing else is for anyone but its owner.
  process.umask(role === 'vault' ? 0o007 : 0o077)
  const sql = handover.database ? openPool(handover.database, { connectionsMax }) : null
  const control = new Socket({ fd: controlFd, readable: true, writable: true })
  const listeners: ((order: Order) => void)[] = []
  const deps = {
    handover,
    log,
    clock: systemClock,
    sql,
    report: (report: Report) => writeLine(control, report),
    onOrder: (listener: (order: Order) => void) => void listeners.push(listener),
  }
  const stopping = untilStop(control, (order) => takeOrder(order, { sql, listeners, log }))
  // `sql` is null for the inbox only, which takeHandover has checked against the role.
  const started = start(deps as ProcessDeps<OneRole>).catch((error) => refuse(error, control, log))
  const running = await Promise.race([started, stopping])
  // What was told to stop before it was ready holds nothing that would have to be finished.
  if (typeof running === 'string') process.exit(0)
  const reason = await stopping
  log.info({ reason }, 'stopping')
  await stopInTime(running, sql, log)
}

/** The supervisor has heard the reason by the time the process is gone. */
async function refuse(error: unknown, control: Socket, log: Log): Promise<never> {
  if (!(error instanceof StartRefused)) throw error
  log.error({ error }, 'start refused')
  const report: Report = { kind: 'refused', reason: error.message }
  await new Promise<void>((resolve) => {
    control.write(`${JSON.stringify(report)}\n`, () => resolve())
  })
  process.exit(1)
}

function takeHandover(role: Role): Handover {
  // The supervisor is the only writer of this pipe and runs the same version.
  const handover = JSON.parse(readFileSync(handoverFd, 'utf8')) as Handover
  closeSync(handoverFd)
  if (handover.role !== role) throw new Error(`the handover is for ${handover.role}, not ${role}`)
  if ((handover.database === null) !== (role === 'inbox')) {
    throw new Error(`the handover's database login does not fit ${role}`)
  }
  return handover
}

type StopReason = 'ordered' | 'signal' | 'supervisor gone'

/** Resolves at the order to stop, at SIGTERM, or when the supervisor has died, however it died. */
function untilStop(control: Socket, onOrder: (order: Order) => void): Promise<StopReason> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('signal'))
    // With Ctrl-C the supervisor is told and stops the others in order.
    process.on('SIGINT', () => {})
    control.on('error', () => control.destroy())
    control.once('close', () => resolve('supervisor gone'))
    control.once('end', () => resolve('supervisor gone'))
    readLines(control, (value) => {
      const order = value as Order // written by the supervisor, which runs the same version
      if (order.kind === 'stop') resolve('ordered')
      else onOrder(order)
    })
  })
}

function takeOrder(
  order: Order,
  { sql, listeners, log }: { sql: Pool | null; listeners: ((order: Order) => void)[]; log: Log },
): void {
  const tell = () => {
    for (const listener of listeners) listener(order)
  }
  if (order.kind !== 'login') {
    tell()
    return
  }
  sql
    ?.useLogin(order.database)
    .then(tell)
    .catch((error) => log.error({ error }, 'new database login not taken'))
}

/** Leaves with 0 when all was finished, with 1 when the time ran out; leases then bring back what was held. */
async function stopInTime(running: Running, sql: Pool | null, log: Log): Promise<never> {
  const late = setTimeout(() => {
    log.warn({ durationMs: stopMs }, 'stopped before all was finished')
    process.exit(1)
  }, stopMs)
  await running.stop()
  await sql?.end()
  clearTimeout(late)
  log.info({}, 'stopped')
  process.exit(0)
}

/** A bug ends the process; the supervisor starts it again with nothing half-done in memory. */
function endOnBugs(log: Log): void {
  const end = (error: unknown) => {
    log.error({ error }, 'ended by a bug')
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
