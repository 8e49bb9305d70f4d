/** A person's sessions: where they are signed in, ending that, and going on in another account. */
import { sealClass } from '../../lib/seal.ts'
import type { NewSession } from '../../vault/client.ts'
import type { Client } from '../requests/client.ts'
import type { PersonAsking } from './factors.ts'
import { openTexts } from './names.ts'
import { ownSession } from './own-session.ts'
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

export interface OtherAccount {
  accountId: string
  browserKey: string
  client: Client
}

/** A session in another of the person's accounts, in the same browser. */
export function switchAccount(
  deps: PeopleDeps,
  asking: PersonAsking,
  to: OtherAccount,
): Promise<MadeSession['proof']> {
  return goOn(deps, asking, { ...to, kind: 'switch_account' })
}

/** A session in a subaccount, for an owner or admin of the account above, in the same browser. */
export function enterSubaccount(
  deps: PeopleDeps,
  asking: PersonAsking,
  to: OtherAccount,
): Promise<MadeSession['proof']> {
  return goOn(deps, asking, { ...to, kind: 'enter_subaccount' })
}

async function goOn(
  deps: PeopleDeps,
  asking: PersonAsking,
  {
    kind,
    accountId,
    browserKey,
    client,
  }: OtherAccount & { kind: 'switch_account' | 'enter_subaccount' },
): Promise<MadeSession['proof']> {
  const { h1 } = asking
  const made = newSession(deps, browserKey)
  const own = await ownSession(deps, asking)
  const answer = demandDone(await deps.vault.people(h1, { kind, accountId, session: made.session }))
  await storeAnswer(deps, answer, { h1, sealed: deviceOf(own, made, client) })
  return made.proof
}
