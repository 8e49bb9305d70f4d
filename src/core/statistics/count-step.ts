/** One step of adding up: what database functions cannot know, whose a mail host is, is told them in between. */
import type { Sql } from '../../db/sql.ts'
import { providerOf } from './provider.ts'
import { type CountLimits, countStatistics, nameHosts } from './queries.ts'

/** True while there is more. */
export async function countStep(sql: Sql, ticket: Buffer, limits: CountLimits): Promise<boolean> {
  const { more, unnamedHosts } = await countStatistics(sql, ticket, limits)
  if (unnamedHosts.length > 0) {
    const named = unnamedHosts.map((host) => ({ host, provider: providerOf(host) }))
    await nameHosts(sql, ticket, named)
  }
  return more
}
