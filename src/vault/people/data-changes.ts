/** What people with the scope for it have done to the data of their account. */
import type { ErasureColumns } from '../../core/authority/signed-row.ts'
import { askingSession, demandFresh, demandScope } from './asking.ts'
import type { PersonAnswer, PersonRequest } from './contract.ts'
import type { PeopleDeps } from './person.ts'

/** Jobs erases nothing that is not signed here. */
export async function erase(
  deps: PeopleDeps,
  h1: Buffer,
  { erasure }: Extract<PersonRequest, { kind: 'erase' }>,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1)
  demandScope(asking, 'data:erase')
  demandFresh(asking, deps)
  const { id, recipientIndex, liftsSuppression } = erasure
  const columns: ErasureColumns = {
    accountId: asking.columns.accountId,
    id,
    recipientIndex,
    liftsSuppression,
    credentialId: asking.columns.id,
    createdAt: deps.clock.now(),
  }
  const row = deps.keys.signRow({ kind: 'erasure', columns, version: 1, previous: null })
  return { outcome: 'done', rows: [row] }
}
