/** Messages of some days ago, and jobs as it counts, forgets and erases. */
import { countStep } from '../../src/core/statistics/count-step.ts'
import { countUsage } from '../../src/core/usage/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { erasureRound } from '../../src/jobs/erasures.ts'
import { OwnRetention } from '../../src/jobs/own-retention.ts'
import type { LogFields } from '../../src/process/log.ts'
import type { MovedClock } from '../people/people-support.ts'
import { draft } from '../support/seeded.ts'
import { silentLog } from '../support/vault.ts'
import { accept } from './mail-support.ts'
import type { Browser, PeopleConsole } from './people-console.ts'

const dayMs = 24 * 3600_000

export interface TestJobs {
  sql: Pool
  ticket: Buffer
  /** Alarms that it raised. */
  alarms: LogFields[]
  /** The usage and the statistics are brought to this moment. */
  count(): Promise<void>
  forget(): Promise<void>
  /** As if so much time had passed that every erasure is due. */
  erase(): Promise<void>
  end(): Promise<void>
}

export async function testJobs({ database, vault }: PeopleConsole): Promise<TestJobs> {
  const sql = openPool(database.logins.jobs, { connectionsMax: 2 })
  const ticket = await database.ticket('jobs')
  const alarms: LogFields[] = []
  const log = { ...silentLog, error: (fields: LogFields) => void alarms.push(fields) }
  const check = vault.check()
  const limits = { behindSeconds: 0, stepSeconds: 86_400, rowLimit: 20_000, rowsMax: 500 }
  const own = new OwnRetention({ sql, ticket, keepDays: 30, check, log })
  return {
    ...{ sql, ticket, alarms },
    async count() {
      while (await countUsage(sql, ticket, limits));
      while (await countStep(sql, ticket, limits));
    },
    async forget() {
      while (await own.round());
    },
    async erase() {
      await database.query("update postern.erasures set due_at = now() where state = 'running'")
      await erasureRound({ sql, ticket, check, log })
    },
    end: () => sql.end(),
  }
}

/** A message accepted so many days ago whose deliveries are in that state, with an attempt at the first of them. */
export async function messageOf(
  running: PeopleConsole,
  browser: Browser,
  {
    days,
    to = ['kim@example.net'],
    state = 'delivered',
  }: { days: number; to?: string[]; state?: string },
): Promise<string> {
  const clock = { now: () => running.clock.now() - days * dayMs } as MovedClock // only asked for the time
  const [id = ''] = await accept({ ...running, clock }, browser, [draft(to)])
  const { query } = running.database
  await query(
    'update postern.messages set created_at = now() - make_interval(days => $2) where id = $1',
    [id, days],
  )
  await query(
    `update postern.events set at = now() - make_interval(days => $2) where message_id = $1`,
    [id, days],
  )
  await query(
    `update postern.deliveries set state = $2, ready = $2 = 'queued' where message_id = $1`,
    [id, state],
  )
  await query(
    `insert into postern.attempts (lane, account_id, message_id, n, number, at, outcome, host, duration_ms)
     select lane, account_id, id, 0, 1, created_at, 'delivered', 'mx.example.net', 1
       from postern.messages where id = $1`,
    [id],
  )
  return id
}

const tables = ['contents', 'attachments', 'deliveries', 'attempts', 'events', 'links'] as const

/** Names of the tables that still know a message. */
export async function tracesOf({ database }: PeopleConsole, id: string): Promise<string[]> {
  const parts = tables.map(
    (name) => `select '${name}' as name from postern.${name} where message_id = $1`,
  )
  const rows = await database.query<{ name: string }>(
    `select 'messages' as name from postern.messages where id = $1
      union ${parts.join(' union ')} order by 1`,
    [id],
  )
  return rows.map(({ name }) => name)
}
