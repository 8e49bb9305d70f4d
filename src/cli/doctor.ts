/** `postern doctor`: what is well, what is not, and what to do about it; with `--live`, before a domain sends in earnest. */
import { loadConfig } from '../config/config.ts'
import type { Settings } from '../config/settings.ts'
import { findServerFacts } from '../core/operations/queries.ts'
import { DatabaseFailure, openPool } from '../db/sql.ts'
import { systemClock } from '../lib/clock.ts'
import { loginFromUrl } from '../process/database.ts'
import { readRunFile } from '../process/run-file.ts'
import { type Action, runAction } from './action.ts'
import { CommandFailure } from './command-failure.ts'
import { examineIssued } from './examine-certificate.ts'
import { examineGoingLive } from './examine-going-live.ts'
import { examineHome } from './examine-home.ts'
import { examineInstance, judgeServer } from './examine-instance.ts'
import { examineProvider } from './examine-provider.ts'
import { type Finding, fail, warn } from './finding.ts'
import { asOperator } from './operator.ts'
import { count, table } from './plain-text.ts'
import { findInstance } from './running-instance.ts'

const action: Action = {
  shape: { texts: { live: false } },
  async perform(given) {
    const { settings } = loadConfig()
    const live = given.text('live')
    const findings =
      live === undefined
        ? [...examineHome(settings), ...(await examineRunning(settings))]
        : await examineGoingLive(live, settings)
    const bad = findings.filter(({ level }) => level === 'fail').length
    const doubtful = findings.filter(({ level }) => level === 'warn').length
    const rows = findings.map(({ level, name, says, fix }) => [
      level,
      name,
      fix === null ? says : `${says}: ${fix}`,
    ])
    return {
      isBad: bad > 0,
      json: { ok: bad === 0, data: findings },
      text: `${table(['', '', ''], rows).trimStart()}\n\n${verdict(bad, doubtful)}`,
    }
  },
}

export function run(args: string[]): Promise<number> {
  return runAction(action, args)
}

async function examineRunning(settings: Settings): Promise<Finding[]> {
  if (!readRunFile(settings.home)) {
    const idle = warn('instance', `nothing runs on ${settings.home}`, 'start it with `postern run`')
    return [idle, ...(await examineOwnDatabase(settings))]
  }
  try {
    const status = await findInstance().ask({ operation: 'status' })
    return await asOperator(async (operator) => [
      ...(await examineInstance(operator, { status, settings })),
      ...(await examineIssued(operator, { ...settings, nowMs: systemClock.now() })),
      ...(await examineProvider(operator, settings)),
    ])
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return [fail('instance', 'it does not answer', error.message)]
  }
}

/** With nothing running, the database behind DATABASE_URL can still be asked. */
async function examineOwnDatabase({ databaseUrl }: Settings): Promise<Finding[]> {
  if (databaseUrl === null) return []
  const sql = openPool(loginFromUrl(databaseUrl), { connectionsMax: 1 })
  try {
    return judgeServer(await findServerFacts(sql), systemClock.now())
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error
    const fix = 'check DATABASE_URL: a server that runs, and the password'
    return [fail('database', `it answered ${error.code}`, fix)]
  } finally {
    await sql.end()
  }
}

function verdict(bad: number, doubtful: number): string {
  if (bad > 0) return `${count(bad, 'thing')} must be put right.`
  if (doubtful > 0) return `Nothing is wrong; ${count(doubtful, 'thing')} could be better.`
  return 'Everything is well.'
}
