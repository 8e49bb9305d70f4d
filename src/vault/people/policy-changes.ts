/** What an account demands of who comes in, and for how long it keeps things. */
import type { AccountOptions, RetentionDays, SignedRow } from '../../core/authority/signed-row.ts'
import { askingSession, demandFresh, demandScope } from './asking.ts'
import type { PersonAnswer, PersonRequest } from './contract.ts'
import type { PeopleDeps } from './person.ts'
import { following } from './proofs.ts'

export async function setPolicy(
  deps: PeopleDeps,
  h1: Buffer,
  { policy }: Extract<PersonRequest, { kind: 'account_policy' }>,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1)
  demandScope(asking, 'account:write')
  demandFresh(asking, deps)
  const { options: present = {}, ...columns } = asking.state
  const options = policy.retention
    ? withRetention(present, policy.retention)
    : withPolicy(present, policy)
  const isEmpty = Object.keys(options).length === 0
  const changed: SignedRow<'account_state'>['columns'] = isEmpty ? columns : { ...columns, options }
  return { outcome: 'done', rows: [following(deps.keys, asking.accountState, changed)] }
}

/** Nothing but what a policy may hold is signed; what is no policy stays as it was. */
function withPolicy(
  { networks: _, requiresFactor: __, ...others }: AccountOptions,
  { networks = {}, requiresFactor }: AccountOptions,
): AccountOptions {
  const { console: ofConsole = [], api = [], smtp = [] } = networks
  const lists = { console: ofConsole, api, smtp }
  const named = Object.entries(lists).filter(([, list]) => list.length > 0)
  return {
    ...others,
    ...(named.length > 0 ? { networks: Object.fromEntries(named) } : {}),
    ...(requiresFactor ? { requiresFactor } : {}),
  }
}

/** Content is never kept longer than the message it belongs to. */
function withRetention(
  { retention: _, ...others }: AccountOptions,
  { content, messages, logs }: RetentionDays,
): AccountOptions {
  const retention: RetentionDays = {
    ...(content === undefined ? {} : { content: Math.min(content, messages ?? content) }),
    ...(messages === undefined ? {} : { messages }),
    ...(logs === undefined ? {} : { logs }),
  }
  return Object.keys(retention).length > 0 ? { ...others, retention } : others
}
