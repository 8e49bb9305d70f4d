/** `postern database-url ROLE`: what a thief of that role's login would hold, so that drills can try it. */
import { parseArgs } from 'node:util'
import { databaseRoles } from '../db/runtime-logins.ts'
import { UsageError } from './command-failure.ts'
import { findInstance } from './running-instance.ts'

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  })
  const [role, more] = positionals
  if (role === undefined || more !== undefined || !isDatabaseRole(role)) {
    throw new UsageError(`name one role: ${databaseRoles.join(', ')}`)
  }
  const { url } = await findInstance().ask({ operation: 'database-url', role })
  process.stdout.write(values.json ? `${JSON.stringify({ role, url })}\n` : `${url}\n`)
  return 0
}

function isDatabaseRole(text: string): boolean {
  return databaseRoles.some((role) => role === text)
}
