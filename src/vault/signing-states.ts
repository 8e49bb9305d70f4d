/** Which accounts may send and which of their domains are verified, as vault signed it; asked for at most a second ago. */

import type { AuthorityCheck } from '../core/authority/authority-check.ts'
import { listSigningStates, type SigningState } from '../core/authority/queries.ts'
import type { DomainStateColumns } from '../core/authority/signed-row.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { BoundedCache } from './bounded-cache.ts'
import type { SigningRefusal } from './contract.ts'

export interface SigningStatesDeps {
  sql: Sql
  ticket: Buffer
  check: AuthorityCheck
  clock: Clock
  /** The account and name whose domain everybody may use while mail goes to the local inbox; null otherwise. */
  sandbox: { accountId: string; domain: string } | null
}

/** An account and the domain of a header From. */
export interface SigningPair {
  accountId: string
  name: string
}

export interface States {
  maySend(accountId: string): boolean
  /** Its state while it is verified, else why nothing is signed for it. */
  domain(accountId: string, name: string): DomainStateColumns | DomainFault
}

export type DomainFault = Extract<SigningRefusal, `domain_${string}`>

interface Known {
  askedAt: number
  maySend: boolean
  domain: DomainStateColumns | DomainFault
}

/** As fresh as what the doors go by. A stored change clears it at once. */
const freshMs = 1_000
const pairsMax = 20_000

export class SigningStates {
  private readonly deps: SigningStatesDeps
  private known = new BoundedCache<Known>(pairsMax)

  constructor(deps: SigningStatesDeps) {
    this.deps = deps
  }

  forget(): void {
    this.known = new BoundedCache<Known>(pairsMax)
  }

  /** One look-up for all that is not fresh; what is not validly signed counts as absent. */
  async load(pairs: readonly SigningPair[]): Promise<States> {
    const { clock, sandbox } = this.deps
    const now = clock.now()
    const found = new Map<string, Known>()
    const missing = new Map<string, SigningPair>()
    for (const pair of this.withSandbox(pairs)) {
      const name = nameOf(pair)
      const known = this.known.get(name)
      if (known && now - known.askedAt < freshMs) found.set(name, known)
      else missing.set(name, pair)
    }
    if (missing.size > 0) await this.ask([...missing.values()], now, found)
    const of = (accountId: string, name: string) => found.get(nameOf({ accountId, name }))
    return {
      maySend: (accountId) =>
        pairs.some((pair) => pair.accountId === accountId && of(accountId, pair.name)?.maySend),
      domain: (accountId, name) =>
        of(name === sandbox?.domain ? sandbox.accountId : accountId, name)?.domain ??
        'domain_unknown',
    }
  }

  private withSandbox(pairs: readonly SigningPair[]): SigningPair[] {
    const { sandbox } = this.deps
    const isAsked = pairs.some(({ name }) => name === sandbox?.domain)
    const own = sandbox && isAsked ? [{ accountId: sandbox.accountId, name: sandbox.domain }] : []
    return [...pairs, ...own]
  }

  private async ask(
    pairs: readonly SigningPair[],
    askedAt: number,
    found: Map<string, Known>,
  ): Promise<void> {
    const { sql, ticket, check } = this.deps
    const rows = await listSigningStates(sql, ticket, {
      accountIds: pairs.map((pair) => pair.accountId),
      names: pairs.map((pair) => pair.name),
    })
    for (const row of rows) {
      const known = {
        askedAt,
        maySend: isActive(row, check),
        domain: verifiedDomain(row, check),
      }
      this.known.set(nameOf(row), known)
      found.set(nameOf(row), known)
    }
  }
}

function nameOf({ accountId, name }: SigningPair): string {
  return `${accountId} ${name}`
}

function isActive({ accountId, state }: SigningState, check: AuthorityCheck): boolean {
  return (
    state !== null &&
    check.distrust(state, accountId) === undefined &&
    state.columns.state === 'active'
  )
}

function verifiedDomain(
  { accountId, name, domainState }: SigningState,
  check: AuthorityCheck,
): DomainStateColumns | DomainFault {
  if (!domainState) return 'domain_unknown'
  const { columns } = domainState
  const fits = columns.accountId === accountId && columns.name === name
  if (!fits || check.distrust(domainState, columns.domainId)) return 'domain_untrusted'
  return columns.status === 'verified' ? columns : 'domain_not_verified'
}
