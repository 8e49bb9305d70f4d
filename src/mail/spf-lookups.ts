/**
 * What evaluating an SPF policy costs a receiver in DNS look-ups (RFC 7208 §4.6.4), at worst: for a sender whom no
 * mechanism matches, so that every one before `all` is evaluated.
 */

/** More are an error to receivers. */
export const spfLookupsMax = 10
/** Look-ups that find nothing; more are an error to receivers. */
export const spfVoidsMax = 2
/** Hosts of one `mx` whose addresses are looked up; more are an error to receivers. */
const mxHostsMax = 10

export type SpfFault =
  | 'too_many_lookups'
  | 'too_many_voids'
  /** A name that is included or redirected to has no policy, or more than one. */
  | 'no_policy_there'
  | 'too_many_mx_hosts'
  /** A term that is none (§4.6.1). */
  | 'unknown_term'

export interface SpfCost {
  /** Counting ends above the most. */
  lookups: number
  voids: number
  /** The first thing that makes a receiver give up with `permerror`. */
  fault: SpfFault | null
  /** Nobody could answer a look-up, or time was over: the rest may cost more. */
  isPartial: boolean
}

/** The values at a name, none where there are none. */
export type ResolveSpf = (
  type: 'TXT' | 'A' | 'MX',
  name: string,
) => Promise<readonly string[] | 'unanswered'>

export interface SpfEvaluation {
  /** Whose policy it is. */
  domain: string
  resolve: ResolveSpf
  /** Asked before each look-up; then nothing more is looked up. */
  isOver?: () => boolean
}

const all = /^[+?~-]?all$/

export function spfTerms(value: string): string[] {
  return value.trim().toLowerCase().split(/ +/)
}

export function isSpfPolicy(value: string): boolean {
  return spfTerms(value)[0] === 'v=spf1'
}

/** What stands behind `all` is never reached (RFC 7208 §5.1). */
export function authorises(terms: readonly string[], wanted: string): boolean {
  const end = terms.findIndex((term) => all.test(term))
  const reached = end === -1 ? terms : terms.slice(0, end)
  return reached.includes(wanted) || reached.includes(`+${wanted}`)
}

export async function evaluateSpf(policy: string, evaluation: SpfEvaluation): Promise<SpfCost> {
  const walk = new Walk(evaluation)
  await walk.through(policy, evaluation.domain)
  return walk.cost
}

const looking = /^[+?~-]?(include|exists|ptr|mx|a)(?::([^/]*))?(?:\/\d{1,2})?(?:\/\/\d{1,3})?$/
const address = /^[+?~-]?ip[46]:[0-9a-f.:]+(?:\/\d{1,3})?$/
/** Of these only `redirect` means anything here; unknown ones are left aside (§6). */
const modifier = /^([a-z][a-z0-9_.-]*)=(.*)$/
const version = 'v=spf1'

class Walk {
  readonly cost: SpfCost = { lookups: 0, voids: 0, fault: null, isPartial: false }
  private readonly evaluation: SpfEvaluation

  constructor(evaluation: SpfEvaluation) {
    this.evaluation = evaluation
  }

  /** Each policy further down costs a look-up, so a circle ends as well. */
  async through(policy: string, domain: string): Promise<void> {
    const terms = spfTerms(policy).filter((term) => term !== version)
    const end = terms.findIndex((term) => all.test(term))
    for (const term of end === -1 ? terms : terms.slice(0, end)) {
      if (this.isSpent()) return
      await this.take(term, domain)
    }
    if (end !== -1 || this.isSpent()) return
    const redirect = terms.find((term) => term.startsWith('redirect='))
    if (redirect !== undefined) await this.follow(redirect.slice('redirect='.length))
  }

  private async take(term: string, domain: string): Promise<void> {
    if (address.test(term) || modifier.test(term)) return
    const [, mechanism, named] = looking.exec(term) ?? []
    const isComplete = named !== '' && (named !== undefined || mechanism !== 'include')
    if (mechanism === undefined || !isComplete) {
      this.fail('unknown_term')
      return
    }
    if (mechanism === 'include') {
      await this.follow(named ?? '')
      return
    }
    this.count()
    const name = nameOf(named ?? domain)
    // Which names a PTR leads to depends on who sends.
    if (name === undefined || mechanism === 'ptr' || this.isSpent()) return
    const found = await this.look(mechanism === 'mx' ? 'MX' : 'A', name)
    if (found === undefined) return
    if (found.length === 0) this.countVoid()
    if (mechanism === 'mx' && found.length > mxHostsMax) this.fail('too_many_mx_hosts')
  }

  private async follow(wanted: string): Promise<void> {
    this.count()
    const name = nameOf(wanted)
    if (name === undefined || this.isSpent()) return
    const policies = (await this.look('TXT', name))?.filter(isSpfPolicy)
    if (policies === undefined) return
    const [policy] = policies
    if (policy === undefined || policies.length > 1) this.fail('no_policy_there')
    else await this.through(policy, name)
  }

  private async look(type: 'TXT' | 'A' | 'MX', name: string) {
    const { resolve, isOver } = this.evaluation
    const found = isOver?.() ? 'unanswered' : await resolve(type, name)
    if (found !== 'unanswered') return found
    this.cost.isPartial = true
    return undefined
  }

  private count(): void {
    this.cost.lookups += 1
    if (this.isSpent()) this.fail('too_many_lookups')
  }

  private countVoid(): void {
    this.cost.voids += 1
    if (this.cost.voids > spfVoidsMax) this.fail('too_many_voids')
  }

  private fail(fault: SpfFault): void {
    this.cost.fault ??= fault
  }

  private isSpent(): boolean {
    return this.cost.lookups > spfLookupsMax
  }
}

/** A name with a macro depends on the message, so there is none to look up (§7). */
function nameOf(text: string): string | undefined {
  return text === '' || text.includes('%') ? undefined : text.replace(/\.$/, '')
}
