/** What a person's own things are sealed with, for who is signed in. */
import type { SealingSession } from '../../lib/seal.ts'
import type { PersonAsking } from './factors.ts'
import { sessionFor } from './names.ts'
import { demandDone, type PeopleDeps } from './store-answer.ts'

export async function ownSession(
  { vault }: Pick<PeopleDeps, 'vault'>,
  { h1, userId }: Pick<PersonAsking, 'h1' | 'userId'>,
): Promise<SealingSession> {
  const { sealing } = demandDone(await vault.people(h1, { kind: 'own_sealing' }))
  if (!sealing) throw new Error('vault answers own_sealing with a key')
  return sessionFor(userId, sealing)
}
