/**
 * Two people open the dashboard of an account whose allow list shuts its people out. What is refused says nothing of why,
 * and the account sees the attempt.
 */
import { Refusal } from '../../lib/refusal.ts'
import { beginSession, sealClass } from '../../lib/seal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { FactorProof, PersonAnswer, PersonOutcome } from '../../vault/client.ts'
import { type Client, packClient } from '../requests/client.ts'
import { recordOutsiders } from './audit-queries.ts'
import type { PersonAsking } from './factors.ts'
import { checkAddress, sealText } from './names.ts'
import { listShutAccounts, storeBreakGlass } from './recovery-queries.ts'
import { hashShown } from './sign-in.ts'
import { demandDone, demandFresh, emailIndex, locked, type PeopleDeps } from './store-answer.ts'

export interface ShownOutside {
  email: string
  password: string
  /** The browser's public key, which the door has seen used. */
  browserKey: string
}

/** Spends the recovery code; answers what the second person has to type, and until when (unix ms). */
export async function askBreakGlass(
  deps: PeopleDeps,
  request: ShownOutside & { code: string; accountId?: string },
): Promise<{ code: string; expiresAt: number }> {
  const { code, accountId } = request
  const outcome = await deps.vault.people(null, {
    kind: 'ask_break_glass',
    ...(await shownOutside(deps, request)),
    code,
    ...(accountId === undefined ? {} : { accountId }),
  })
  const answer = demandIn(outcome)
  if (!answer.breakGlass) throw new Error('vault answers ask_break_glass with a code')
  await store(deps, answer, { h1: null, did: 'ask' })
  return answer.breakGlass
}

export async function approveBreakGlass(
  deps: PeopleDeps,
  request: ShownOutside & { code: string; factor: Exclude<FactorProof, { type: 'password' }> },
): Promise<void> {
  const { code, factor } = request
  const shown = await shownOutside(deps, request)
  const outcome = await deps.vault.people(null, {
    kind: 'approve_break_glass',
    ...shown,
    code,
    factor,
  })
  await store(deps, demandIn(outcome), { h1: null, did: 'open' })
}

/** By who is signed in to the account. */
export async function approveBreakGlassHere(
  deps: PeopleDeps,
  { h1 }: Pick<PersonAsking, 'h1'>,
  code: string,
): Promise<void> {
  const outcome = await deps.vault.people(h1, { kind: 'approve_break_glass_here', code })
  if (outcome.outcome === 'refused') {
    throw new Refusal(
      'invalid_input',
      'This `code` is of no request that waits. It has eight characters and works for 30 minutes.',
      { field: 'code' },
    )
  }
  await store(deps, demandDone(outcome), { h1, did: 'open' })
}

async function shownOutside(deps: PeopleDeps, { email, password, browserKey }: ShownOutside) {
  const index = await emailIndex(deps, checkAddress(email))
  const hash = await hashShown(deps, { index, password })
  return { emailIndex: index.toString('hex'), password: hash, browserKey }
}

function demandIn(outcome: PersonOutcome): PersonAnswer {
  if (outcome.outcome === 'done') return outcome
  if (outcome.outcome === 'locked') throw locked(outcome.retryAfterSeconds)
  throw new Refusal(
    'invalid_key',
    'Something of it is wrong, or there is nothing to open with it. Check the address, the password and the codes.',
  )
}

async function store(
  { sql, ticket }: PeopleDeps,
  answer: PersonAnswer,
  { h1, did }: { h1: Buffer | null; did: 'ask' | 'open' },
): Promise<void> {
  const { accountId, userId, rows, steps = [] } = answer
  if (!accountId || !userId) throw new Error('vault answers with the account and the person')
  demandFresh(await storeBreakGlass(sql, ticket, { h1, accountId, userId, did, rows, steps }))
}

/** For every account that could have been opened: who was refused is seen there, whatever was wrong. */
export async function noteRefused(
  deps: PeopleDeps,
  { email, client }: { email: string; client: Client },
): Promise<void> {
  const index = await emailIndex(deps, checkAddress(email))
  const accounts = await listShutAccounts(deps.sql, deps.ticket, index)
  const outsiders = accounts.map(({ accountId, userId, ...key }) => {
    const recordId = uuidv7(deps.clock.now())
    const text = packClient(client).toString('utf8')
    const sealing = beginSession({ accountId, ...key })
    const clientSealed = sealText(sealing, recordId, { text, kind: sealClass.client })
    return { accountId, door: 'console' as const, credentialId: null, userId, clientSealed }
  })
  if (outsiders.length > 0) await recordOutsiders(deps.sql, deps.ticket, outsiders)
}
