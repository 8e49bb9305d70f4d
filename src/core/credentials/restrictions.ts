/** How a key may be restricted beyond its permission: what may be wished for, and where it may be used from. */
import { contains, formatCidr, parseCidr } from '../../lib/cidr.ts'
import { Refusal } from '../../lib/refusal.ts'
import { isScope, keyScopes, type Permission, type Scope } from '../access/scopes.ts'
import type { CredentialOptions } from '../authority/signed-row.ts'
import { keptSignatureKey } from './signature-key.ts'

type Stream = NonNullable<CredentialOptions['streams']>[number]

/** As a caller wishes; what is absent restricts nothing. */
export interface Restrictions {
  expiresAt?: Date
  sourceCidrs?: readonly string[]
  hourlyMax?: number
  holds?: boolean
  keepsContent?: boolean
  /** What it may do; with nothing else said, all of its permission. */
  scopes?: readonly string[]
  /** The streams it may submit to. */
  streams?: readonly Stream[]
  /** A public key, PEM or JWK: then its requests must be signed. */
  signatureKey?: string
  /** It only alarms. */
  canary?: boolean
}

export const sourceCidrsMax = 50
export const hourlyMaxMost = 1_000_000_000

/** What vault is to sign. Options are left out when there are none: a key without any may make keys. */
export function checkRestrictions(
  restrictions: Restrictions,
  { permission, nowMs }: { permission: Permission; nowMs: number },
): { expiresAt: number | null; options?: CredentialOptions } {
  const { expiresAt, sourceCidrs = [], hourlyMax, holds, keepsContent } = restrictions
  if (expiresAt !== undefined && !(expiresAt.getTime() > nowMs)) {
    throw new Refusal('invalid_input', 'The expiry of a key must be a time in the future.')
  }
  if (hourlyMax !== undefined && !(hourlyMax >= 1 && hourlyMax <= hourlyMaxMost)) {
    throw new Refusal('invalid_input', `The hourly ceiling must be from 1 to ${hourlyMaxMost}.`)
  }
  const options: CredentialOptions = {
    ...(sourceCidrs.length > 0 && { sourceCidrs: checkCidrs(sourceCidrs) }),
    ...(hourlyMax !== undefined && { hourlyMax }),
    ...(holds === true && { holds }),
    ...(keepsContent === false && { keepsContent }),
    ...checkUse(restrictions, permission),
  }
  const isRestricted = Object.keys(options).length > 0
  return { expiresAt: expiresAt?.getTime() ?? null, ...(isRestricted && { options }) }
}

function checkUse(
  { scopes, streams, signatureKey, canary }: Restrictions,
  permission: Permission,
): CredentialOptions {
  if (streams?.length === 0) {
    throw new Refusal('invalid_input', 'Name a stream at least, or leave them out for all.')
  }
  return {
    ...(scopes !== undefined && { scopes: checkScopes(scopes, permission) }),
    ...(streams !== undefined && { streams: [...new Set(streams)] }),
    ...(signatureKey !== undefined && { signatureKey: keptSignatureKey(signatureKey) }),
    ...(canary === true && { canary }),
  }
}

/** A key that may do nothing would be of no use; what a key may never do is said so. */
function checkScopes(texts: readonly string[], permission: Permission): Scope[] {
  const rule = `The scopes of a key are from ${keyScopes.join(', ')}`
  const scopes = [...new Set(texts)].map((text) => {
    if (isScope(text) && keyScopes.includes(text)) return text
    throw new Refusal('invalid_input', `${rule}; leave out \`${text.slice(0, 40)}\`.`)
  })
  if (scopes.length === 0) throw new Refusal('invalid_input', `${rule}; name one at least.`)
  if (permission === 'sending_access' && scopes.some((scope) => scope !== 'emails:send')) {
    throw new Refusal(
      'invalid_input',
      'A key with `sending_access` has the scope emails:send only; leave `permission` out to give others.',
    )
  }
  return scopes
}

function checkCidrs(texts: readonly string[]): string[] {
  if (texts.length > sourceCidrsMax) {
    throw new Refusal('invalid_input', `A key takes at most ${sourceCidrsMax} networks.`)
  }
  return texts.map((text, index) => {
    const cidr = parseCidr(text)
    if (cidr) return formatCidr(cidr)
    throw new Refusal(
      'invalid_input',
      `Network ${index + 1} must be an address or a network without bits beyond its prefix, such as 203.0.113.0/24 or 2001:db8::/32.`,
    )
  })
}

/** Whether an address is in one of these networks; none named means all. */
export function isAllowedFrom(cidrs: readonly string[] | undefined, address: string): boolean {
  if (cidrs === undefined) return true
  return cidrs.some((text) => {
    const cidr = parseCidr(text)
    return cidr !== undefined && contains(cidr, address)
  })
}
