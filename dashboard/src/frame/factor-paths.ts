import { sessionPath } from './session.ts'

export const factorsPath = '/me/factors'
export const sessionsPath = '/me/sessions'
/** What a change of one's factors makes stale. */
export const factorsChange = [factorsPath, sessionPath] as const
