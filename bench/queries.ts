import type { Sql } from '../src/db/sql.ts'

/** Transactions committed in this database since its statistics began, reading ones and this one included. */
export async function countCommits(sql: Sql): Promise<number> {
  const [row] = await sql<{ commits: string }[]>`select xact_commit as commits
                                                   from pg_stat_database
                                                  where datname = current_database()`
  return Number(row?.commits ?? Number.NaN)
}
