/** A role and its scopes on the wire. */
import { type Static, Type } from 'typebox'
import { type Role, roles, type Scope, scopes } from '../../core/access/scopes.ts'
import { Refusal } from '../../lib/refusal.ts'

export const RoleName = Type.Enum([...roles], { description: 'what the person may do' })
export const ScopeName = Type.Enum([...scopes], { description: 'something that may be done' })
export const CustomScopes = Type.Union([Type.Array(ScopeName), Type.Null()], {
  description: 'of the role `custom`, what it may do; null for every other role',
})

export const RoleFields = {
  role: RoleName,
  scopes: Type.Optional(
    Type.Array(ScopeName, {
      maxItems: scopes.length,
      description: 'of the role `custom` alone: what it may do',
    }),
  ),
}

const Fields = Type.Object(RoleFields)

/** A custom role names its scopes, every other one brings its own. */
export function readRole({ role, scopes: wanted }: Static<typeof Fields>): {
  role: Role
  scopes: Scope[] | null
} {
  if (role !== 'custom' && wanted === undefined) return { role, scopes: null }
  if (role === 'custom' && wanted && wanted.length > 0)
    return { role, scopes: [...new Set(wanted)] }
  throw new Refusal(
    'invalid_input',
    role === 'custom'
      ? 'The role `custom` takes at least one of the `scopes`.'
      : `The role \`${role}\` brings its own scopes; leave \`scopes\` out, or choose \`custom\`.`,
    { field: 'scopes' },
  )
}
