/** What mailauth found, as the inbox says it. */
import type { DKIMResult, DMARCResult } from 'mailauth'
import type { KeySource, KeySources } from './key-sources.ts'
import { isLocal } from './verdict-lookup.ts'

/** RFC 8601 §2.7.1 and §2.7.2. */
export type Result = 'pass' | 'fail' | 'neutral' | 'policy' | 'temperror' | 'permerror' | 'none'

export interface DkimVerdict {
  result: Result
  /** In a few words: `signature valid`, `no key in DNS`. */
  summary: string
  reason: string
  domain: string
  selector: string
  algorithm: string
  /** Where the public key is looked for. */
  recordName: string
  /** `instance`: DNS has no such record, and this instance knows the key since it signs with it. Null: no key. */
  keySource: 'dns' | 'instance' | null
  /** Null when that was not found out. */
  bodyMatches: boolean | null
  /** The signing domain is that of From, or belongs to it (RFC 9989). Null when not compared. */
  isAligned: boolean | null
}

export interface DmarcVerdict {
  result: Result | 'not_evaluated'
  summary: string
  reason: string
  /** Where the policy was found. */
  policyDomain: string | null
  policy: string | null
}

type Words = Pick<DkimVerdict, 'summary' | 'reason'>

export function dkimVerdict(
  found: DKIMResult,
  sourceOf: KeySources['sourceOf'] = () => 'dns',
): DkimVerdict {
  const { signingDomain = '', selector = '', algo = '', bodyHash, bodyHashExpecting } = found
  const { aligned } = found.status
  const recordName = `${selector}._domainkey.${signingDomain}`
  const bodyMatches = bodyHash === undefined ? null : bodyHash === bodyHashExpecting
  const source = sourceOf(recordName)
  const words = dkimWords(found, { recordName, bodyMatches })
  return {
    result: found.status.result as Result, // mailauth's are those of RFC 8601
    ...(source === 'dns' ? words : withSource(words, { recordName, source })),
    domain: signingDomain,
    selector,
    algorithm: algo,
    recordName,
    keySource: found.rr === undefined ? null : source === 'dns' ? 'dns' : 'instance',
    bodyMatches,
    isAligned: aligned === undefined ? null : Boolean(aligned),
  }
}

/** The signature is judged with a key of ours: whether a receiver has it is another matter. */
export function isUnpublished({ keySource, recordName }: DkimVerdict): boolean {
  return keySource === 'instance' && !isLocal(recordName)
}

function withSource(
  { summary, reason }: Words,
  { recordName, source }: { recordName: string; source: KeySource },
): Words {
  const ours = 'The key came from this instance and not from DNS'
  if (isLocal(recordName)) {
    return { summary, reason: `${reason} ${ours}, where names under localhost never stand.` }
  }
  const why =
    source === 'absent'
      ? `which has no TXT record at ${recordName}: a receiver finds no key until you publish it`
      : `which gave no answer for ${recordName}`
  return { summary: `${summary}, key not from DNS`, reason: `${reason} ${ours}, ${why}.` }
}

function dkimWords(
  { status, signingDomain = '' }: DKIMResult,
  { recordName, bodyMatches }: Pick<DkimVerdict, 'recordName' | 'bodyMatches'>,
): Words {
  const comment = status.comment || 'no reason given'
  if (status.result === 'pass') {
    const reason = `The body and the signed header fields are as ${signingDomain} signed them.`
    return { summary: 'signature valid', reason }
  }
  if (comment === 'no key') return noKey(recordName, bodyMatches)
  if (bodyMatches === false) {
    const reason = 'The body was changed after it was signed: its hash is not the one in bh=.'
    return { summary: 'signature invalid', reason }
  }
  if (status.result === 'fail') {
    const reason = `The key of ${recordName} does not fit: a signed header field was changed, or it is another key.`
    return { summary: 'signature invalid', reason }
  }
  if (status.result === 'temperror') {
    const reason = `DNS gave no answer for ${recordName}. It is asked again the next time.`
    return { summary: 'not known', reason }
  }
  const rule =
    status.result === 'policy' ? 'the key is too short or the algorithm too old' : comment
  return { summary: 'signature not usable', reason: `A receiver ignores it: ${rule}.` }
}

function noKey(recordName: string, bodyMatches: boolean | null): Words {
  const why = isLocal(recordName)
    ? 'Names under localhost are published nowhere, and this instance gave no key of that name.'
    : 'Publish the TXT record that GET /domains/:id names.'
  const body = bodyMatches
    ? ' The body is as it was signed; the signature itself needs the key.'
    : ''
  return {
    summary: 'no key in DNS',
    reason: `There is no TXT record at ${recordName}. ${why}${body}`,
  }
}

const alone = 'by DKIM alone, since SPF is not evaluated here'

export function dmarcVerdict(
  found: DMARCResult | false,
  { obstacle, isUncounted = false }: { obstacle?: string | undefined; isUncounted?: boolean } = {},
): DmarcVerdict {
  if (!found) return unableToJudge(obstacle ? obstacle.replaceAll('-', ' ') : 'From has no domain')
  const result = found.status.result as Result // mailauth's are those of RFC 8601
  const policyDomain = found.policyDomain ?? null
  const policy = found.policy ?? null
  const words = dmarcWords(result, found)
  const uncounted = ' A key that only this instance knows does not count.'
  const reason = result === 'fail' && isUncounted ? `${words.reason}${uncounted}` : words.reason
  return { result, ...words, reason, policyDomain, policy }
}

function dmarcWords(result: Result, { policy, alignment, status }: DMARCResult): Words {
  const author = status.header?.from ?? 'the domain of From'
  if (result === 'pass') {
    const signer = alignment.dkim.result ?? author
    return {
      summary: 'pass',
      reason: `A valid signature of ${signer} is aligned with From (${author}).`,
    }
  }
  if (result === 'none') {
    const where = isLocal(author) ? '; names under localhost are published nowhere' : ''
    const reason = `There is no DMARC record for ${author} or above it${where}.`
    return { summary: 'no policy in DNS', reason }
  }
  if (result === 'fail') {
    const reason = `No valid signature is aligned with From (${author}), judged ${alone}. The policy is ${policy}.`
    return { summary: 'fail', reason }
  }
  return { summary: 'not known', reason: `DNS gave no answer about ${author}.` }
}

export function unableToJudge(obstacle: string): DmarcVerdict {
  const reason = `A receiver cannot judge this message: ${obstacle}.`
  return {
    result: 'not_evaluated',
    summary: 'not evaluated',
    reason,
    policyDomain: null,
    policy: null,
  }
}
