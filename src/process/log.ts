/**
 * The log of every process: JSON lines, a constant phrase as message, and only the fields named here. No field can
 * hold an address, a name, a subject, a header value, a token or what a customer or remote host wrote.
 */
import { type DestinationStream, pino } from 'pino'
import type { Role } from '../config/role.ts'
import { DatabaseFailure } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'

export interface LogFields {
  messageId?: string
  deliveryId?: string
  accountId?: string
  credentialId?: string
  domainId?: string
  requestId?: string
  eventId?: string
  /** The process that is spoken of, where it is not the one that writes. */
  process?: Role | 'postgres' | 'supervisor'
  processId?: number
  exitCode?: number
  signal?: string
  delayMs?: number
  durationMs?: number
  /** HTTP: the method, the pattern of the route (never the path) and the status. */
  method?: string
  route?: string
  status?: number
  /** SMTP: a remote host, its port, and the codes of its reply, never its words. */
  host?: string
  port?: number
  replyCode?: number
  enhancedCode?: string
  tlsVersion?: string
  attempt?: number
  state?: string
  lane?: number
  version?: string
  operation?: string
  /** A constant of ours that says why. */
  reason?: string
  code?: string
  count?: number
  bytes?: number
  sealed?: boolean
  error?: unknown
}

type Write = (fields: LogFields, event: string) => void

export interface Log {
  debug: Write
  info: Write
  warn: Write
  error: Write
}

/** The second wall behind the type: a field that is not listed here is not written, whatever a cast let through. */
const fieldNames: Record<keyof LogFields, true> = {
  messageId: true,
  deliveryId: true,
  accountId: true,
  credentialId: true,
  domainId: true,
  requestId: true,
  eventId: true,
  process: true,
  processId: true,
  exitCode: true,
  signal: true,
  delayMs: true,
  durationMs: true,
  method: true,
  route: true,
  status: true,
  host: true,
  port: true,
  replyCode: true,
  enhancedCode: true,
  tlsVersion: true,
  attempt: true,
  state: true,
  lane: true,
  version: true,
  operation: true,
  reason: true,
  code: true,
  count: true,
  bytes: true,
  sealed: true,
  error: true,
}

const stackFramesMax = 12

export function openLog(
  role: Role | 'supervisor' | 'cli',
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Log {
  const logger = pino(
    {
      base: { role, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) =>
          Object.fromEntries(Object.entries(fields).filter(([name]) => name in fieldNames)),
      },
      serializers: { error: describeError },
    },
    destination,
  )
  return {
    debug: (fields, event) => logger.debug(fields, event),
    info: (fields, event) => logger.info(fields, event),
    warn: (fields, event) => logger.warn(fields, event),
    error: (fields, event) => logger.error(fields, event),
  }
}

export interface ErrorDescription {
  type: string
  code?: string
  syscall?: string
  constraint?: string
  table?: string
  stack?: string[]
  cause?: ErrorDescription
}

/**
 * What of an error may be written. Its message may not: Node's own quote the offending value (`Received 'a@b.c'`), and
 * a refusal's names what the caller wrote. The place in the code says what happened.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error }
  const description: ErrorDescription = { type: error.constructor.name, stack: stackFrames(error) }
  const code = codeOf(error)
  if (code !== undefined) description.code = code
  if ('syscall' in error && typeof error.syscall === 'string') description.syscall = error.syscall
  if (error instanceof DatabaseFailure) {
    if (error.constraint !== undefined) description.constraint = error.constraint
    if (error.table !== undefined) description.table = error.table
  }
  if (error.cause instanceof Error && error.cause !== error) {
    description.cause = describeError(error.cause)
  }
  return description
}

function codeOf(error: Error): string | undefined {
  if (error instanceof Refusal || error instanceof DatabaseFailure) return error.code
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  return /^[A-Z0-9_]{1,60}$/.test(error.code) ? error.code : undefined
}

/** The lines of the stack that are places; the message stands before them and may have lines of any form. */
function stackFrames(error: Error): string[] {
  const stack = error.stack ?? ''
  const afterMessage = stack.startsWith(error.message, stack.indexOf(error.message))
    ? stack.slice(stack.indexOf(error.message) + error.message.length)
    : ''
  return afterMessage
    .split('\n')
    .filter((line) => /^ {4}at .*(:\d+:\d+\)?|<anonymous>\)?)$/.test(line))
    .map((line) => line.trim())
    .slice(0, stackFramesMax)
}
