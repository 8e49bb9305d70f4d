/** A person's sessions: where they are signed in, ending that, and going on in another account. */
import { sealClass } from '../../lib/seal.ts'
import type { NewSession } from '../../vault/client.ts'
import type { Client } from '../requests/client.ts'
import type { PersonAsking } from './factors.ts'
import { openTexts, sessionFor } from './names.ts'
import { listSessions } from './queries.ts'
import { deviceOf, type MadeSession, newSession } from './sign-in.ts'
import { demandDone, type PeopleDeps, storeAnswer } from './store-answer.ts'

export interface OwnSession {
  id: string
  accountId: string
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  /** Where and with what it was used last, else where it began. */
  client: Client | null
  isPresent: boolean
}

export async function readSessions(
  deps: PeopleDeps,
  { h1, userId, sessionId }: PersonAsking & { sessionId: string },
): Promise<OwnSession[]> {
  const rows = await listSessions(deps.sql, h1)
  const texts = await openTexts(
    deps.vault,
    h1,
    rows.map(({ nameSealed, clientSealed }) => ({
      owner: userId,
      blob: clientSealed ?? nameSealed,
      kind: sealClass.client,
    })),
  )
  return rows.map(({ id, accountId, session: { columns }, lastUsedAt }, index) => {
    const text = texts[index] ?? null
    return {
      id,
      accountId,
      createdAt: new Date(columns.createdAt),
      expiresAt: new Date(columns.expiresAt ?? columns.createdAt),
      lastUsedAt,
      client: text === null ? null : (JSON.parse(text) as Client), // packClient wrote it, the seal proves it
      isPresent: id === sessionId,
    }
  })
}

export async function endSession(deps: PeopleDeps, h1: Buffer, sessionId: string): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: 'end_session', sessionId }))
  await storeAnswer(deps, answer, { h1 })
}

/** Every session but that of the asking browser, which goes on with the new one. */
export async function endOtherSessions(
  deps: PeopleDeps,
  h1: Buffer,
  session: NewSession,
): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: 'end_other_sessions', session }))
  await storeAnswer(deps, answer, { h1 })
}

/** A session in another of the person's accounts, in the same browser. */
export async function switchAccount(
  deps: PeopleDeps,
  { h1, userId }: PersonAsking,
  { accountId, browserKey, client }: { accountId: string; browserKey: string; client: Client },
): Promise<MadeSession['proof']> {
  const made = newSession(deps, browserKey)
  const { sealing } = demandDone(await deps.vault.people(h1, { kind: 'own_sealing' }))
  if (!sealing) throw new Error('vault answers own_sealing with a key')
  const request = { kind: 'switch_account', accountId, session: made.session } as const
  const answer = demandDone(await deps.vault.people(h1, request))
  const sealed = deviceOf(sessionFor(userId, sealing), made, client)
  await storeAnswer(deps, answer, { h1, sealed })
  return made.proof
}
