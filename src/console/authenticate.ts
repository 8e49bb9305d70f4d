import { Refusal } from '../lib/refusal.ts'
import type { Session } from './session.ts'

/** There are no sessions yet, so nobody is signed in. */
export async function authenticate(): Promise<Session> {
  throw new Refusal('missing_key', 'You are not signed in, and nobody can sign in yet.')
}
