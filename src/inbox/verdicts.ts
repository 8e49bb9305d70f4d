/**
 * DKIM and DMARC of a message as a receiver computes them (RFC 6376, RFC 9989), with the reason in
 * words. SPF judges the address a message came from (RFC 7208); here that is always this machine.
 *
 * Of mailauth only these two modules are loaded: the rest brings an HTTP client and certificates.
 */
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js'
import type { Clock } from '../lib/clock.ts'
import { Turns } from '../lib/turns.ts'
import type { FindInstanceKey } from './instance-keys.ts'
import { type KeySources, withInstanceKeys } from './key-sources.ts'
import { verdictLimits } from './limits.ts'
import type { StoredMessage } from './record.ts'
import type { Lookup } from './verdict-lookup.ts'
import {
  type DkimVerdict,
  type DmarcVerdict,
  dkimVerdict,
  dmarcVerdict,
  isUnpublished,
  unableToJudge,
} from './verdict-words.ts'

export interface Verdicts {
  /** One for each signature; empty when the message is not signed. */
  dkim: DkimVerdict[]
  spf: { result: 'not_evaluated'; reason: string }
  dmarc: DmarcVerdict
}

const spf = {
  result: 'not_evaluated',
  reason:
    'SPF judges the address a message comes from. This one came over the loopback address of this machine, so there is nothing to judge.',
} as const

export interface JudgeOptions {
  clock: Clock
  /** A look-up for one message. */
  lookup: () => Lookup
  /** For what DNS does not have. */
  findKey: FindInstanceKey
}

/** Works out verdicts when they are asked for, a few at once, and remembers the last ones. */
export class Judge {
  private readonly options: JudgeOptions
  private readonly turns = new Turns(verdictLimits.turns)
  private readonly remembered = new Map<string, Promise<Verdicts>>()

  constructor(options: JudgeOptions) {
    this.options = options
  }

  /** Null when too many wait already. */
  judge(message: StoredMessage): Promise<Verdicts> | null {
    const known = this.remembered.get(message.id)
    if (known) return known
    if (this.turns.isFull) return null
    const { clock, lookup, findKey } = this.options
    const judging = () => judge(message.source, withInstanceKeys(lookup(), findKey), clock)
    const verdicts = this.turns.take(judging)
    this.remember(message.id, verdicts)
    return verdicts
  }

  forget(id: string): void {
    this.remembered.delete(id)
  }

  forgetAll(): void {
    this.remembered.clear()
  }

  private remember(id: string, verdicts: Promise<Verdicts>): void {
    this.remembered.set(id, verdicts)
    const [oldest] = this.remembered.keys()
    if (this.remembered.size > verdictLimits.rememberedMax && oldest) this.forget(oldest)
    // What DNS did not answer is asked again the next time.
    const forgetUnanswered = ({ dkim, dmarc }: Verdicts) => {
      const isOwed = [...dkim, dmarc].some(({ result }) => result === 'temperror')
      if (isOwed || dkim.some(isUnpublished)) this.forget(id)
    }
    verdicts.then(forgetUnanswered, () => this.forget(id))
  }
}

async function judge(source: Buffer, keys: KeySources, clock: Clock): Promise<Verdicts> {
  const obstacle = obstacleIn(source)
  if (obstacle) return { dkim: [], spf, dmarc: unableToJudge(obstacle) }
  try {
    return await evaluate(source, keys, clock)
  } catch {
    // What somebody sent may be beyond the package; its error could quote from the message.
    return { dkim: [], spf, dmarc: unableToJudge('its header cannot be read') }
  }
}

async function evaluate(
  source: Buffer,
  { lookup, sourceOf }: KeySources,
  clock: Clock,
): Promise<Verdicts> {
  const curTime = new Date(clock.now())
  const options = { resolver: lookup, curTime, strict: true }
  const { results, headerFrom, fromFields } = await dkimVerify(source, options)
  const signatures = results.filter(({ signingDomain }) => signingDomain !== undefined)
  const dkim = signatures.map((found) => dkimVerdict(found, sourceOf))
  // A receiver has the keys that stand in DNS, and no others.
  const counted = dkim.filter(({ result, keySource }) => result === 'pass' && keySource === 'dns')
  const { response, reason } = await evaluateDmarc({
    headerFrom,
    fromFields,
    spfDomains: [],
    dkimDomains: counted.map(({ domain }) => ({ domain })),
    resolver: lookup,
    strict: true,
  })
  const dmarc = dmarcVerdict(response, { obstacle: reason, isUncounted: dkim.some(isUnpublished) })
  // A signature that may yet turn out valid may also turn the failure.
  const isOpen = dmarc.result === 'fail' && dkim.some((one) => isOwed(one, sourceOf))
  return { dkim, spf, dmarc: isOpen ? { ...dmarc, ...unanswered } : dmarc }
}

/** DNS may give another answer the next time. */
function isOwed({ result, recordName }: DkimVerdict, sourceOf: KeySources['sourceOf']): boolean {
  return result === 'temperror' || sourceOf(recordName) === 'silent'
}

const unanswered = {
  result: 'temperror',
  summary: 'not known',
  reason: 'It hangs on a signature whose key DNS did not give. It is asked again the next time.',
} as const

/** What the package needs squared time for is not given to it; no honest message has it. */
function obstacleIn(source: Buffer): string | null {
  const { headerBytesMax, headerLinesMax, signaturesMax } = verdictLimits
  const end = source.subarray(0, headerBytesMax + 4).indexOf('\r\n\r\n')
  if (end < 0 && source.length > headerBytesMax) {
    return `its header has more than ${headerBytesMax / 1024} KB`
  }
  const lines = source.toString('latin1', 0, end < 0 ? source.length : end).split('\n')
  if (lines.length > headerLinesMax) return `its header has more than ${headerLinesMax} lines`
  const signatures = lines.filter((line) => /^dkim-signature\s*:/i.test(line)).length
  return signatures > signaturesMax ? `it has more than ${signaturesMax} signatures` : null
}
