/** A person comes in, and what of it their device is told. The token of the session leaves once and is kept nowhere. */
import { randomBytes } from 'node:crypto'
import { Refusal } from '../../lib/refusal.ts'
import { type SealingSession, sealClass } from '../../lib/seal.ts'
import { storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { FactorProof, NewSession, PersonRefused } from '../../vault/client.ts'
import type { FactorType } from '../authority/signed-row.ts'
import { type Client, packClient } from '../requests/client.ts'
import { checkAddress, sealText, sessionFor } from './names.ts'
import { newSalt } from './password.ts'
import { findUserSalt } from './queries.ts'
import { demandDone, emailIndex, locked, type PeopleDeps, storeAnswer } from './store-answer.ts'

export interface SignInRequest {
  email?: string
  /** By passkey alone: whose it is, as the browser says. */
  userId?: string
  password?: string
  factor?: Exclude<FactorProof, { type: 'password' }>
  /** The browser's public key, which the door has seen used. */
  browserKey: string
  accountId?: string
  client: Client
}

export interface NewSignIn {
  token: string
  h1: Buffer
  sessionId: string
  userId: string
  accountId: string
  enrolling: boolean
}

export type SignInOutcome =
  | ({ outcome: 'done' } & NewSignIn)
  | { outcome: 'factor_needed'; types: FactorType[]; passkeys: string[] }

export async function signIn(deps: PeopleDeps, request: SignInRequest): Promise<SignInOutcome> {
  const { email, userId, password, factor, browserKey, accountId } = request
  const index = email === undefined ? undefined : await emailIndex(deps, checkAddress(email))
  const made = newSession(deps, browserKey)
  const outcome = await deps.vault.people(null, {
    kind: 'sign_in',
    ...(index ? { emailIndex: index.toString('hex') } : {}),
    ...(userId === undefined ? {} : { userId }),
    ...(password === undefined ? {} : { password: await hashShown(deps, { index, password }) }),
    ...(factor ? { factor } : {}),
    ...(accountId === undefined ? {} : { accountId }),
    session: made.session,
  })
  if (outcome.outcome === 'factor_needed') return outcome
  if (outcome.outcome !== 'done') throw notIn(outcome)
  const { userId: who, accountId: account, sealing, enrolling = false } = outcome
  if (!who || !account || !sealing) throw new Error('vault answers sign_in with who came in')
  const own = sessionFor(who, sealing)
  const told = outcome.isNewBrowser
    ? [{ userId: who, accountId: account, kind: 'new_browser' }]
    : []
  await storeAnswer(deps, outcome, { h1: null, told, sealed: deviceOf(own, made, request.client) })
  return { outcome: 'done', ...made.proof, userId: who, accountId: account, enrolling }
}

/** The same work whether there is such a person or not. */
export async function hashShown(
  deps: PeopleDeps,
  { index, password }: { index: Buffer | undefined; password: string },
): Promise<string> {
  const known = index && (await findUserSalt(deps.sql, deps.ticket, index))
  const salt = known?.salt ? Buffer.from(known.salt, 'hex') : newSalt()
  return (await deps.hasher.hash(password, salt)).toString('hex')
}

export interface MadeSession {
  session: NewSession
  proof: { token: string; h1: Buffer; sessionId: string }
}

export function newSession({ clock }: Pick<PeopleDeps, 'clock'>, browserKey: string): MadeSession {
  const token = randomBytes(32).toString('base64url')
  const h1 = tokenProof(token)
  const sessionId = uuidv7(clock.now())
  return {
    session: { id: sessionId, h2: storedHash(h1).toString('hex'), browserKey },
    proof: { token, h1, sessionId },
  }
}

/** With what and from where a session began, for its person alone. */
export function deviceOf(
  own: SealingSession,
  { proof: { sessionId } }: Pick<MadeSession, 'proof'>,
  client: Client,
): Map<string, Buffer> {
  const text = packClient(client).toString('utf8')
  return new Map([[sessionId, sealText(own, sessionId, { text, kind: sealClass.client })]])
}

function notIn(refused: Exclude<PersonRefused, { outcome: 'factor_needed' }>): Refusal {
  switch (refused.outcome) {
    case 'locked':
      return locked(refused.retryAfterSeconds)
    case 'reset_needed':
      return new Refusal(
        'not_permitted',
        'Your password has been reset by the operator. Choose a new one by "Forgot password".',
      )
    case 'no_account':
      return new Refusal(
        'not_permitted',
        'You are a member of no account. Ask one of its owners for an invitation.',
      )
    default:
      return new Refusal(
        'invalid_key',
        'The address, the password or the code is wrong. Check them, or reset your password.',
      )
  }
}

/** Another factor shown by who is signed in; refuses with what to do. */
export async function stepUp(
  deps: PeopleDeps,
  h1: Buffer,
  factor: FactorProof | { type: 'password'; password: string; email: string },
): Promise<void> {
  const proof = 'email' in factor ? await passwordProof(deps, factor) : factor
  const outcome = await deps.vault.people(h1, { kind: 'step_up', factor: proof })
  await storeAnswer(deps, demandDone(outcome), { h1 })
}

export async function passwordProof(
  deps: PeopleDeps,
  { email, password }: { email: string; password: string },
): Promise<FactorProof> {
  const index = await emailIndex(deps, checkAddress(email))
  return { type: 'password', hash: await hashShown(deps, { index, password }) }
}
