/** What an API key may do, in words, and the combinations that keys are mostly made for. */
import type { CreateKeyBody } from '../api/types.ts'

export type KeyScope = CreateKeyBody['scopes'][number]

export const keyScopeWords: Record<KeyScope, string> = {
  'emails:send': 'Send messages',
  'emails:read': 'See messages, their content and what became of them',
  'emails:write': 'Reschedule, cancel, release and send messages again',
  'domains:read': 'See domains and their DNS records',
  'domains:write': 'Add, verify, change and delete domains',
  'keys:read': 'See API keys and when they were used',
  'keys:write': 'Make, change, roll and revoke API keys',
  'suppressions:read': 'See suppressed addresses',
  'suppressions:write': 'Add and remove suppressed addresses',
  'logs:read': 'See the requests of the account',
  'usage:read': 'See usage, limits and statistics',
}

export const keyScopes = Object.keys(keyScopeWords) as KeyScope[] // the record has exactly these

export interface Preset {
  id: string
  name: string
  words: string
  scopes: readonly KeyScope[]
}

export const presets: readonly Preset[] = [
  {
    id: 'sending',
    name: 'Sending',
    words: 'For programs that only send. It can do nothing else if it leaks.',
    scopes: ['emails:send'],
  },
  {
    id: 'send_and_read',
    name: 'Sending and reading messages',
    words: 'Sees what became of messages as well.',
    scopes: ['emails:send', 'emails:read'],
  },
  {
    id: 'read_only',
    name: 'Read only',
    words: 'For reports: sees everything, changes nothing.',
    scopes: keyScopes.filter((scope) => scope.endsWith(':read')),
  },
  {
    id: 'full',
    name: 'Full access',
    words: 'All that programs may do, API keys included.',
    scopes: keyScopes,
  },
]

/** The preset's name for exactly these scopes, else how many there are. */
export function accessText(scopes: readonly string[]): string {
  const preset = presets.find(
    (one) =>
      one.scopes.length === scopes.length && one.scopes.every((scope) => scopes.includes(scope)),
  )
  return preset?.name ?? `${scopes.length} of ${keyScopes.length} scopes`
}
