/** Whether an export may begin: by whoever may see all that goes into it, with a factor shown lately. */
import type { Scope } from '../../core/access/scopes.ts'
import { beginExport as writeBegin } from '../../core/exports/queries.ts'
import { askingSession, demandFresh, demandScope, signedOut } from './asking.ts'
import type { PersonAnswer, PersonRequest } from './contract.ts'
import type { PeopleDeps } from './person.ts'

type BeginExport = Extract<PersonRequest, { kind: 'begin_export' }>

/** An export shows nobody what they could not see otherwise. */
const neededScopes: Record<BeginExport['exported'], readonly Scope[]> = {
  account: [
    'data:export',
    'emails:read',
    'domains:read',
    'keys:read',
    'suppressions:read',
    'logs:read',
    'usage:read',
    'members:read',
    'audit:read',
  ],
  person: ['data:export', 'emails:read', 'suppressions:read'],
}

/** Its line stands in the ledger, and its notices are written, when this answers. An account need not be active for it. */
export async function beginExport(
  deps: PeopleDeps,
  h1: Buffer,
  { exported }: BeginExport,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1)
  for (const scope of neededScopes[exported]) demandScope(asking, scope)
  demandFresh(asking, deps)
  const begun = await writeBegin(deps.sql, deps.ticket, { h1, kind: exported })
  // The database says no only when the session has ended meanwhile.
  if (!begun) throw signedOut()
  return { outcome: 'done', rows: [], exportBegun: { line: begun.line, at: begun.at.getTime() } }
}
