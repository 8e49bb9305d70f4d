/** `postern migrate`: brings the database behind DATABASE_URL to the present, without starting anything. */
import { loadConfig } from '../config/config.ts'
import { MigrationFailure, migrate } from '../db/migrate.ts'
import { DatabaseFailure } from '../db/sql.ts'
import { loginFromUrl } from '../process/database.ts'
import { type Action, runAction } from './action.ts'
import { CommandFailure } from './command-failure.ts'

const action: Action = {
  shape: {},
  async perform() {
    const { databaseUrl } = loadConfig().settings
    if (databaseUrl === null) {
      throw new CommandFailure(
        'DATABASE_URL is not set; the embedded database is migrated by `postern run` at each start',
      )
    }
    const { database, applied } = await migrate(loginFromUrl(databaseUrl)).catch(explain)
    const done = applied.length === 0 ? 'no migration was missing' : `applied ${applied.join(', ')}`
    return {
      json: { database: database.database, applied },
      text: `Database ${database.database}: ${done}; functions and privileges are as in this version.`,
    }
  },
}

export function run(args: string[]): Promise<number> {
  return runAction(action, args)
}

function explain(error: unknown): never {
  if (error instanceof MigrationFailure) throw new CommandFailure(error.message)
  if (error instanceof DatabaseFailure) {
    throw new CommandFailure(
      `the database could not be reached or prepared (${error.code}); check DATABASE_URL: a server that runs, the password, and the rights of an administrator`,
    )
  }
  throw error
}
