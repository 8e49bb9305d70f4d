/** What may be done, by name, and which of it a role may. Each route names one scope; the database asks for it again. */

export const scopes = [
  'emails:send',
  'emails:read',
  'emails:write',
  'domains:read',
  'domains:write',
  'keys:read',
  'keys:write',
  'suppressions:read',
  'suppressions:write',
  'logs:read',
  'usage:read',
  'members:read',
  'members:write',
  'audit:read',
  'account:write',
  'subaccounts:read',
  'subaccounts:write',
  'data:erase',
  'data:export',
] as const
export type Scope = (typeof scopes)[number]

/** Of the account above only: a subaccount has none of its own. */
export const subaccountScopes: readonly Scope[] = ['subaccounts:read', 'subaccounts:write']

const peopleScopes: readonly Scope[] = [
  'members:read',
  'members:write',
  'audit:read',
  'account:write',
  ...subaccountScopes,
  'data:erase',
  'data:export',
]

/** Those an API key may have: people are for people. */
export const keyScopes: readonly Scope[] = scopes.filter((scope) => !peopleScopes.includes(scope))

/** What admins may not: it is the owners' alone, until one of them gives it to somebody by a custom role. */
const ownerScopes: readonly Scope[] = ['data:export']

export type Permission = 'full_access' | 'sending_access'

/** What a key or session may do: where it names no scopes, all of its permission. */
export function scopesOfKey({
  permission,
  options,
}: {
  permission: Permission
  options?: { scopes?: readonly Scope[] }
}): readonly Scope[] {
  const all = permission === 'full_access' ? keyScopes : sendingScopes
  return options?.scopes ?? all
}

const sendingScopes: readonly Scope[] = ['emails:send']

/** Names for what keys are mostly made for. */
export const keyPresets = {
  full: keyScopes,
  sending: sendingScopes,
  send_and_read: ['emails:send', 'emails:read'],
  read_only: keyScopes.filter((scope) => scope.endsWith(':read')),
} as const satisfies Record<string, readonly Scope[]>
export type KeyPreset = keyof typeof keyPresets

export const keyPresetNames = Object.keys(keyPresets) as KeyPreset[] // the object has exactly these keys

/** The preset that allows exactly this, or null. */
export function presetOf(scopes: readonly Scope[]): KeyPreset | null {
  const isSame = (preset: readonly Scope[]) =>
    preset.length === scopes.length && preset.every((scope) => scopes.includes(scope))
  return keyPresetNames.find((name) => isSame(keyPresets[name])) ?? null
}

/** In one sentence each, for the pages where scopes are chosen. */
export const scopeWords: Record<Scope, string> = {
  'emails:send': 'Send messages.',
  'emails:read': 'See messages, their content and what became of them.',
  'emails:write': 'Reschedule, cancel, release and send messages again.',
  'domains:read': 'See domains and their DNS records.',
  'domains:write': 'Add, verify, change and delete domains.',
  'keys:read': 'See API keys and when they were used.',
  'keys:write': 'Make, change, roll and revoke API keys.',
  'suppressions:read': 'See suppressed addresses.',
  'suppressions:write': 'Add and remove suppressed addresses.',
  'logs:read': 'See the requests of the account.',
  'usage:read': 'See usage, limits and statistics.',
  'members:read': 'See members and invitations.',
  'members:write': 'Invite, change and remove members.',
  'audit:read': 'See the audit log and refused attempts.',
  'account:write': 'Change policies and allow lists of the account.',
  'subaccounts:read': 'See subaccounts, their limits and how much they send.',
  'subaccounts:write':
    'Make, limit, suspend and resume subaccounts; owners and admins can also enter them.',
  'data:erase': 'Erase what is kept of a person, by their address.',
  'data:export': 'Take away everything of the account, or everything held on one person.',
}

export const roles = [
  'owner',
  'admin',
  'developer',
  'marketer',
  'analyst',
  'billing',
  'custom',
] as const
export type Role = (typeof roles)[number]

const developer: readonly Scope[] = [
  'emails:send',
  'emails:read',
  'emails:write',
  'domains:read',
  'domains:write',
  'keys:read',
  'keys:write',
  'suppressions:read',
  'suppressions:write',
  'logs:read',
  'usage:read',
  'members:read',
]

const scopesOf: Record<Exclude<Role, 'custom'>, readonly Scope[]> = {
  owner: scopes,
  admin: scopes.filter((scope) => !ownerScopes.includes(scope)),
  developer,
  marketer: [
    'emails:send',
    'emails:read',
    'domains:read',
    'suppressions:read',
    'suppressions:write',
    'usage:read',
    'members:read',
  ],
  analyst: ['domains:read', 'logs:read', 'usage:read', 'members:read'],
  billing: ['usage:read', 'members:read'],
}

/** `custom` names its scopes itself. */
export function scopesOfRole(role: Role, custom: readonly Scope[] | null): Scope[] {
  return [...(role === 'custom' ? (custom ?? []) : scopesOf[role])]
}

export function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text)
}

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text)
}

/**
 * Whether who has the role `own` may give or take `wanted`: only owners make owners, and nobody gives more than they
 * may do themselves.
 */
export function mayGive(
  own: { role: Role; scopes: readonly Scope[] },
  wanted: { role: Role; scopes: readonly Scope[] | null },
): boolean {
  if (own.role === 'owner') return true
  if (wanted.role === 'owner') return false
  return scopesOfRole(wanted.role, wanted.scopes).every((scope) => own.scopes.includes(scope))
}
