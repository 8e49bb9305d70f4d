/** A key as the dashboard wishes for it, in the words of core. */
import type { Static } from 'typebox'
import { keyScopes, type Scope } from '../../core/access/scopes.ts'
import type { NewApiKey } from '../../core/credentials/create-credential.ts'
import type { Restrictions } from '../../core/credentials/restrictions.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { NewKeyBody } from './key-body.ts'

/** A key that may only send is one with `sending_access`, as programs know it; one that may do all names no scopes. */
export function readNewKey(body: Static<typeof NewKeyBody>): NewApiKey {
  const { name, scopes } = body
  const domainIds = readDomains(body)
  const onlySends = scopes.every((scope) => scope === 'emails:send')
  if (domainIds.length > 0 && !onlySends) {
    throw new Refusal(
      'invalid_input',
      'Only keys whose one scope is `emails:send` are bound to domains: leave the other scopes out, or the domains.',
      { field: body.domain_ids === undefined ? 'domain_id' : 'domain_ids' },
    )
  }
  return {
    name: name.trim(),
    permission: onlySends ? 'sending_access' : 'full_access',
    domainId: null,
    domainIds,
    restrictions: { ...readRestrictions(body), ...scopesWanted(scopes, onlySends) },
  }
}

function readDomains({
  domain_id: one,
  domain_ids: several,
}: Static<typeof NewKeyBody>): readonly string[] {
  if (one !== undefined && several !== undefined) {
    throw new Refusal('invalid_input', 'Give `domain_id` or `domain_ids`; leave the other out.', {
      field: 'domain_ids',
    })
  }
  return several ?? (one === undefined ? [] : [one])
}

function scopesWanted(scopes: readonly Scope[], onlySends: boolean): Pick<Restrictions, 'scopes'> {
  const isAll = keyScopes.every((scope) => scopes.includes(scope))
  return onlySends || isAll ? {} : { scopes }
}

function readRestrictions(body: Static<typeof NewKeyBody>): Restrictions {
  const { expires_at: expiry, source_cidrs: sourceCidrs, hourly_max: hourlyMax } = body
  const { holds, keeps_content: keepsContent, streams, signature, canary } = body
  return {
    ...(expiry !== undefined && { expiresAt: new Date(expiry) }),
    ...(sourceCidrs !== undefined && { sourceCidrs }),
    ...(hourlyMax !== undefined && { hourlyMax }),
    ...(holds !== undefined && { holds }),
    ...(keepsContent !== undefined && { keepsContent }),
    ...(streams !== undefined && { streams }),
    ...(signature !== undefined && { signatureKey: signature.public_key }),
    ...(canary !== undefined && { canary }),
  }
}
