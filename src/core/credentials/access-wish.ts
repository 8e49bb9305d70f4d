/** What a new key is wished to be allowed: by permission, by scopes, or by the name of a preset. */

import { Refusal } from '../../lib/refusal.ts'
import { type KeyPreset, keyPresets, type Permission } from '../access/scopes.ts'

export interface AccessWish {
  permission?: Permission | undefined
  preset?: KeyPreset | undefined
  scopes?: readonly string[] | undefined
}

/** Where nothing is wished: everything, as Resend's clients expect. */
export function resolveAccess({ permission, preset, scopes }: AccessWish): {
  permission: Permission
  scopes?: readonly string[]
} {
  if (preset === undefined) {
    return { permission: permission ?? 'full_access', ...(scopes !== undefined && { scopes }) }
  }
  if (permission !== undefined || scopes !== undefined) {
    throw new Refusal(
      'invalid_input',
      'A preset says by itself what the key may do; leave out the permission and the scopes, or the preset.',
    )
  }
  if (preset === 'full') return { permission: 'full_access' }
  if (preset === 'sending') return { permission: 'sending_access' }
  return { permission: 'full_access', scopes: keyPresets[preset] }
}
