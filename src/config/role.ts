/** The processes under the supervisor, in the order in which they are started. */
export const roles = ['vault', 'inbox', 'api', 'smtp', 'console', 'deliver', 'jobs'] as const
export type Role = (typeof roles)[number]
