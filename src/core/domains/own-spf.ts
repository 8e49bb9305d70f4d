/** The SPF policy of a sending domain itself: what it costs receivers, told as advice. */
import {
  evaluateSpf,
  isSpfPolicy,
  type SpfCost,
  type SpfFault,
  spfLookupsMax,
  spfVoidsMax,
} from '../../mail/spf-lookups.ts'
import { type Look, type LookUp, spfResolver } from './look-at-record.ts'
import type { ExpectedRecord } from './records.ts'

/** Where the policy of the domain itself stands. Ours is that of the return path, so nothing is demanded of it. */
export function ownSpfRecord(domainName: string): ExpectedRecord {
  return { record: 'SPF', type: 'TXT', name: domainName, value: '' }
}

/** Undefined where the domain has no policy of its own; what else stands at the name is not kept. */
export async function lookAtOwnSpf(
  domainName: string,
  lookUp: LookUp,
  isOver: () => boolean,
): Promise<Look | undefined> {
  const answer = await lookUp(ownSpfRecord(domainName))
  if (answer.kind === 'unanswered') return { answer, isRight: false, hint: null }
  const values = answer.kind === 'found' ? answer.values.filter(isSpfPolicy) : []
  const [policy] = values
  if (policy === undefined) return undefined
  const own = { ...answer, kind: 'found' as const, values }
  if (values.length > 1) return { answer: own, isRight: false, hint: several }
  const cost = await evaluateSpf(policy, {
    domain: domainName,
    resolve: spfResolver(lookUp),
    isOver,
  })
  const { lookups, voids, fault } = cost
  return { answer: own, isRight: fault === null, hint: wordsOf(cost), lookups, voids }
}

const several =
  'Several SPF records stand at this name, which receivers take for an error (permerror, RFC 7208 §4.5); join them into one.'

const faults: Record<SpfFault, string> = {
  too_many_lookups: `Evaluating this SPF record takes more than ${spfLookupsMax} DNS look-ups, which receivers take for an error (permerror, RFC 7208 §4.6.4); remove what is not needed.`,
  too_many_voids: `More than ${spfVoidsMax} of its look-ups find nothing, which receivers take for an error (permerror, RFC 7208 §4.6.4); remove names that are no more.`,
  no_policy_there:
    'It includes or redirects to a name without exactly one SPF record, which receivers take for an error (permerror, RFC 7208 §5.2); correct or remove it.',
  too_many_mx_hosts:
    'One of its `mx` names more than ten hosts, which receivers take for an error (permerror, RFC 7208 §4.6.4); name addresses instead.',
  unknown_term:
    'One of its terms is no term of SPF, which receivers take for an error (permerror, RFC 7208 §4.6); correct it.',
}

function wordsOf({ fault, isPartial, lookups }: SpfCost): string | null {
  if (fault !== null) return faults[fault]
  if (isPartial)
    return 'Not all of it could be looked up, so it may cost more; this is looked at again.'
  return lookups >= spfLookupsMax - 1
    ? `It is near the limit of ${spfLookupsMax}: one sender more may break it.`
    : null
}
