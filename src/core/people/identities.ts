/** Coming in by single sign-on for the first time, and what of it a person sees and takes away. */
import { hash } from 'node:crypto'
import { uuidv7 } from '../../lib/uuid.ts'
import type { PersonAsking } from './factors.ts'
import { profileBytes, proofOf } from './links.ts'
import { checkPersonName } from './names.ts'
import { findSelf } from './queries.ts'
import { demandDone, type PeopleDeps, storeAnswer } from './store-answer.ts'

const nameLengthMax = 100

export interface ProvedNewcomer {
  /** The way to the provider and back, and the browser that went. */
  oidc: string
  browserKey: string
  /** Of a link that was sent or shown; null for who makes an account without. */
  token: string | null
}

/**
 * Makes the person with the address that the provider has verified, and for who signs up an account of their own, called
 * as they are. They are not signed in by it: that follows with the same way.
 */
export async function becomeProved(
  deps: PeopleDeps,
  { oidc, browserKey, token }: ProvedNewcomer,
): Promise<{ userId: string; accountId: string }> {
  const now = deps.clock.now()
  const userId = uuidv7(now)
  const newAccountId = uuidv7(now)
  const made = { person: { id: userId }, memberId: uuidv7(now), accountId: newAccountId }
  const shown = { oidc, browserKey, ...made }
  const outcome = await deps.vault.people(
    null,
    token === null
      ? { kind: 'sign_up', ...shown }
      : { kind: 'use_link', link: proofOf(token), ...shown },
  )
  const answer = demandDone(outcome)
  if (!answer.profile) throw new Error('vault answers with whom the provider has vouched for')
  const { email } = answer.profile
  const name = checkPersonName(answer.profile.name.slice(0, nameLengthMax))
  const sealed = new Map([[userId, profileBytes(answer, userId, { name, email })]])
  if (answer.accountId === newAccountId) {
    sealed.set(newAccountId, profileBytes(answer, newAccountId, { name, email }))
  }
  await storeAnswer(deps, answer, { h1: null, sealed })
  return { userId, accountId: answer.accountId ?? newAccountId }
}

export interface LinkedIdentity {
  id: string
  /** Whether it is of the provider that the settings name now. */
  isCurrent: boolean
  linkedAt: Date
}

export async function readIdentities(
  deps: PeopleDeps,
  { h1 }: PersonAsking,
  issuer: string | null,
): Promise<LinkedIdentity[]> {
  const self = await findSelf(deps.sql, h1)
  const current = issuer === null ? null : hash('sha256', issuer, 'hex')
  const { identities = [] } = self?.person.columns ?? {}
  return identities.map(({ id, issuer: of, linkedAt }) => ({
    id,
    isCurrent: of === current,
    linkedAt: new Date(linkedAt),
  }))
}

export async function unlinkIdentity(
  deps: PeopleDeps,
  { h1, userId, accountId }: PersonAsking,
  identityId: string,
): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: 'unlink_identity', identityId }))
  await storeAnswer(deps, answer, { h1, told: [{ userId, accountId, kind: 'identity_removed' }] })
}
