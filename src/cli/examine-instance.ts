/** What `postern doctor` finds of a running instance: its processes, vault, and the database as the operator sees it. */
import { readFileSync } from 'node:fs'
import type { Settings } from '../config/settings.ts'
import { findServerFacts, type ServerFacts } from '../core/operations/queries.ts'
import { everything } from '../core/queue/change-deliveries.ts'
import { countQueue } from '../core/queue/queries.ts'
import { DatabaseFailure } from '../db/sql.ts'
import { systemClock } from '../lib/clock.ts'
import type { OperatorStatus } from '../process/operator-socket.ts'
import type { RunFile } from '../process/run-file.ts'
import { examineMail } from './examine-mail.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import type { Operator } from './operator.ts'
import { count } from './plain-text.ts'

const versionMin = 160_000
const daysReadyWanted = 3
const clockOffMaxMs = 2_000

export async function examineInstance(
  operator: Operator,
  { status, settings }: { status: OperatorStatus; settings: Settings },
): Promise<Finding[]> {
  return [
    ...examineProcesses(operator.runFile, status),
    await examineVault(operator),
    ...(await examineDatabase(operator, settings)),
  ]
}

function examineProcesses({ pids }: RunFile, { processes }: OperatorStatus): Finding[] {
  const named = Object.entries(pids).map(([name, ids]) => ({ name, ids: [ids].flat() }))
  const gone = named.filter(({ ids }) => ids.some((id) => !isAlive(id))).map(({ name }) => name)
  const restarted = processes.filter(({ restarts }) => restarts > 0)
  const findings = [
    gone.length === 0
      ? ok('processes', `${named.map(({ name }) => name).join(', ')} run`)
      : fail(
          'processes',
          `${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} gone`,
          'they are started again by themselves; when not, log/supervisor.log says why',
        ),
  ]
  for (const { name, restarts } of restarted) {
    findings.push(
      warn(
        'restarts',
        `${name} was started again ${count(restarts, 'time')}`,
        `look for errors in log/${name}.log`,
      ),
    )
  }
  return [...findings, judgeUsers(named.flatMap(({ ids }) => ids).map(userOf))]
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // It is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM' // kill throws system errors
  }
}

/** The effective user (proc(5), the second number of `Uid`). */
function userOf(processId: number): string | undefined {
  try {
    return /^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

export function judgeUsers(users: readonly (string | undefined)[]): Finding {
  const known = users.filter((user) => user !== undefined)
  const different = new Set(known).size
  if (known.length === 0) {
    return warn('users', 'the processes’ users cannot be seen', 'mount /proc for this user')
  }
  if (different > 1) return ok('users', `the processes run as ${different} different users`)
  return warn(
    'users',
    'all processes run as one user, so their memory is not fenced from one another',
    'start Postern as root, which gives each process a user of its own',
  )
}

async function examineVault({ vault }: Operator): Promise<Finding> {
  try {
    const { sealed } = await vault.status()
    if (!sealed) return ok('vault', 'unsealed')
    return fail('vault', 'sealed: nothing is delivered', 'run `postern vault unseal`')
  } catch {
    return fail('vault', 'it does not answer', 'log/vault.log says why')
  }
}

async function examineDatabase(operator: Operator, settings: Settings): Promise<Finding[]> {
  const { sql, h1 } = operator
  try {
    const facts = await findServerFacts(sql)
    const queue = await countQueue(sql, h1, everything)
    const waiting = queue.reduce((sum, { deliveries }) => sum + Number(deliveries), 0)
    return [
      ...judgeServer(facts, systemClock.now()),
      ok('queue', `${count(waiting, 'delivery', 'deliveries')} waiting or under way`),
      ...(await examineMail(operator, settings)),
    ]
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error
    return [
      fail(
        'database',
        `it answered ${error.code}`,
        'log/postgres.log says why, or your own server’s',
      ),
    ]
  }
}

export function judgeServer(facts: ServerFacts, nowMs: number): Finding[] {
  return [judgeVersion(facts), judgeRoles(facts), judgePartitions(facts), judgeClock(facts, nowMs)]
}

function judgeVersion({ versionNumber }: ServerFacts): Finding {
  const version = `PostgreSQL ${Math.floor(versionNumber / 10_000)}.${versionNumber % 10_000}`
  if (versionNumber >= versionMin) return ok('database', version)
  return fail('database', `${version} is too old`, 'use PostgreSQL 16 or newer')
}

function judgeRoles({ rolesTooStrong, rolesFound }: ServerFacts): Finding {
  if (rolesTooStrong.length > 0) {
    return fail(
      'roles',
      `${rolesTooStrong.join(', ')} may do more than Postern's functions allow`,
      `alter role … nosuperuser nobypassrls nocreaterole nocreatedb noreplication`,
    )
  }
  if (rolesFound > 0) return ok('roles', `${rolesFound} logins can call their functions, no more`)
  return fail('roles', 'the database has no roles of Postern', 'run `postern migrate`')
}

function judgePartitions({ daysReady }: ServerFacts): Finding {
  const says = `tables are ready for ${count(daysReady, 'day')}, today included`
  if (daysReady >= daysReadyWanted) return ok('partitions', says)
  const fix = 'jobs makes them ahead; log/jobs.log says why it did not'
  return daysReady > 0 ? warn('partitions', says, fix) : fail('partitions', says, fix)
}

export function judgeClock({ now }: ServerFacts, nowMs: number): Finding {
  const off = Math.abs(now.getTime() - nowMs)
  if (off <= clockOffMaxMs) return ok('clock', 'the same here and at the database')
  return fail(
    'clock',
    `${Math.round(off / 1000)} s apart here and at the database`,
    'keep both machines’ clocks with NTP: leases and retries count on them',
  )
}
