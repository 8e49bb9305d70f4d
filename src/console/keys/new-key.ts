/** A key as the dashboard wishes for it, in the words of core. */
import type { Static } from 'typebox'
import { keyScopes, type Scope } from '../../core/access/scopes.ts'
import type { NewApiKey } from '../../core/credentials/create-credential.ts'
import type { Restrictions } from '../../core/credentials/restrictions.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { NewKeyBody } from './key-body.ts'

/** A key that may only send is one with `sending_access`, as programs know it; one that may do all names no scopes. */
export function readNewKey(body: Static<typeof NewKeyBody>): NewApiKey {
  const { name, scopes, domain_id: domainId } = body
  const onlySends = scopes.every((scope) => scope === 'emails:send')
  if (domainId !== undefined && !onlySends) {
    throw new Refusal(
      'invalid_input',
      'The `domain_id` field is only for keys whose one scope is `emails:send`: leave the other scopes out, or the domain.',
      { field: 'domain_id' },
    )
  }
  return {
    name: name.trim(),
    permission: onlySends ? 'sending_access' : 'full_access',
    domainId: domainId ?? null,
    restrictions: { ...readRestrictions(body), ...scopesWanted(scopes, onlySends) },
  }
}

function scopesWanted(scopes: readonly Scope[], onlySends: boolean): Pick<Restrictions, 'scopes'> {
  const isAll = keyScopes.every((scope) => scopes.includes(scope))
  return onlySends || isAll ? {} : { scopes }
}

function readRestrictions(body: Static<typeof NewKeyBody>): Restrictions {
  const { expires_at: expiry, source_cidrs: sourceCidrs, hourly_max: hourlyMax } = body
  const { holds, keeps_content: keepsContent, streams, canary } = body
  return {
    ...(expiry !== undefined && { expiresAt: new Date(expiry) }),
    ...(sourceCidrs !== undefined && { sourceCidrs }),
    ...(hourlyMax !== undefined && { hourlyMax }),
    ...(holds !== undefined && { holds }),
    ...(keepsContent !== undefined && { keepsContent }),
    ...(streams !== undefined && { streams }),
    ...(canary !== undefined && { canary }),
  }
}
