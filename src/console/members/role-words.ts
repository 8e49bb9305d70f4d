import type { Role } from '../../core/access/scopes.ts'

/** For the page where a role is chosen. */
export const roleWords: Record<Role, string> = {
  owner: 'May do everything, makes other owners, and always has a second factor.',
  admin: 'May do everything but make or change owners.',
  developer: 'Sends, sets up domains and keys, and sees messages and logs.',
  marketer: 'Sends, sees messages, and keeps the suppressions.',
  analyst: 'Sees domains, logs, usage and statistics; never a message.',
  billing: 'Sees usage and limits.',
  custom: 'May do what you choose, and nothing else.',
}
