/** How a key may be restricted beyond its permission: what may be wished for, and where it may be used from. */
import { contains, formatCidr, parseCidr } from '../../lib/cidr.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { Scope } from '../access/scopes.ts'
import type { CredentialOptions } from '../authority/signed-row.ts'

/** As a caller wishes; what is absent restricts nothing. */
export interface Restrictions {
  expiresAt?: Date
  sourceCidrs?: readonly string[]
  hourlyMax?: number
  holds?: boolean
  keepsContent?: boolean
  /** What it may do; with nothing else said, all of its permission. */
  scopes?: readonly Scope[]
}

export const sourceCidrsMax = 50
export const hourlyMaxMost = 1_000_000_000

/** What vault is to sign. Options are left out when there are none: a key without any may make keys. */
export function checkRestrictions(
  { expiresAt, sourceCidrs = [], hourlyMax, holds, keepsContent, scopes }: Restrictions,
  nowMs: number,
): { expiresAt: number | null; options?: CredentialOptions } {
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
    ...(scopes !== undefined && { scopes: [...scopes] }),
  }
  const isRestricted = Object.keys(options).length > 0
  return { expiresAt: expiresAt?.getTime() ?? null, ...(isRestricted && { options }) }
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
