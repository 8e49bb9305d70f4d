/** Coming in by a link that works once: the first owner, the invited, who signs up, who has lost their password. */
import { randomBytes } from 'node:crypto'
import { Refusal } from '../../lib/refusal.ts'
import { storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { PersonAnswer, VaultClient } from '../../vault/client.ts'
import { firstKeyVersion } from '../accounts/create-account.ts'
import { checkAddress, checkPersonName, sealProfile, sessionFor } from './names.ts'
import { newSalt } from './password.ts'
import { demandDone, emailIndex, type PeopleDeps, storeAnswer } from './store-answer.ts'

/** What a link is for: all its holder may know before they use it. */
export type LinkFacts = NonNullable<PersonAnswer['link']>

export function makeLink({ clock }: Pick<PeopleDeps, 'clock'>): {
  token: string
  link: { id: string; h2: string }
} {
  const token = randomBytes(32).toString('base64url')
  const h2 = storedHash(tokenProof(token)).toString('hex')
  return { token, link: { id: uuidv7(clock.now()), h2 } }
}

export async function readLink(
  { vault }: { vault: Pick<VaultClient, 'people'> },
  token: string,
): Promise<LinkFacts> {
  const outcome = await vault.people(null, { kind: 'read_link', link: proofOf(token) })
  const { link } = demandDone(outcome)
  if (!link) throw new Error('vault answers read_link with what it is for')
  return link
}

export function proofOf(token: string): string {
  return tokenProof(token).toString('hex')
}

export interface NewPerson {
  name: string
  email: string
  password: string
}

/** Makes the person, and for who signs up an account of their own. They are not signed in by it. */
export async function becomePerson(
  deps: PeopleDeps,
  token: string,
  { accountName, ...person }: NewPerson & { accountName?: string },
): Promise<{ userId: string; accountId: string }> {
  const name = checkPersonName(person.name)
  const email = checkAddress(person.email)
  deps.passwordRules.demand(person.password, { name, address: email })
  const salt = newSalt()
  const hash = await deps.hasher.hash(person.password, salt)
  const now = deps.clock.now()
  const userId = uuidv7(now)
  const newAccountId = uuidv7(now)
  const outcome = await deps.vault.people(null, {
    kind: 'use_link',
    link: proofOf(token),
    emailIndex: (await emailIndex(deps, email)).toString('hex'),
    person: { id: userId },
    password: { hash: hash.toString('hex'), salt: salt.toString('hex') },
    memberId: uuidv7(now),
    accountId: newAccountId,
  })
  const answer = demandDone(outcome)
  const sealed = new Map([[userId, profileBytes(answer, userId, { name, email })]])
  if (answer.accountId === newAccountId) {
    const called = checkPersonName(accountName ?? name, 'account_name')
    sealed.set(newAccountId, profileBytes(answer, newAccountId, { name: called, email }))
  }
  await storeAnswer(deps, answer, { h1: null, sealed })
  return { userId, accountId: answer.accountId ?? newAccountId }
}

export function profileBytes(
  { keys = [] }: PersonAnswer,
  owner: string,
  profile: { name: string; email: string },
): Buffer {
  const made = keys.find(({ id }) => id === owner)
  if (!made) throw new Error('vault answers with the keys of whom it made')
  const { publicKey } = made
  return sealProfile(sessionFor(owner, { keyVersion: firstKeyVersion, publicKey }), owner, profile)
}

/**
 * Undefined where there is nobody to send a link to; the caller answers the same either way. The address is the one that
 * was typed, which vault has found to be the person's own.
 */
export async function requestLink(
  deps: PeopleDeps,
  purpose: 'reset_password' | 'sign_up',
  email: string,
): Promise<{ token: string; address: string } | undefined> {
  const address = checkAddress(email)
  const { token, link } = makeLink(deps)
  const index = (await emailIndex(deps, address)).toString('hex')
  const outcome = await deps.vault.people(null, {
    kind: 'request_link',
    purpose,
    emailIndex: index,
    link,
  })
  const answer = demandDone(outcome)
  if (answer.rows.length === 0) return undefined
  await storeAnswer(deps, answer, { h1: null })
  return { token, address }
}

/** Ends every session of the person; signing in takes their second factor as before. */
export async function resetPassword(
  deps: PeopleDeps,
  token: string,
  { email, password }: { email: string; password: string },
): Promise<void> {
  const address = checkAddress(email)
  deps.passwordRules.demand(password, { name: '', address })
  const facts = await readLink(deps, token)
  if (facts.purpose !== 'reset_password') {
    throw new Refusal(
      'not_found',
      'This link is not for resetting a password. Ask for another one.',
    )
  }
  const salt = newSalt()
  const hash = await deps.hasher.hash(password, salt)
  const outcome = await deps.vault.people(null, {
    kind: 'use_link',
    link: proofOf(token),
    emailIndex: (await emailIndex(deps, address)).toString('hex'),
    password: { hash: hash.toString('hex'), salt: salt.toString('hex') },
  })
  const answer = demandDone(outcome)
  const { userId } = answer
  const told = userId ? [{ userId, accountId: null, kind: 'password_reset' }] : []
  await storeAnswer(deps, answer, { h1: null, told })
}

/** Who is signed in takes up an invitation to their own address; answers the account they are now a member of. */
export async function acceptInvitation(
  deps: PeopleDeps,
  h1: Buffer,
  token: string,
): Promise<{ accountId: string }> {
  const memberId = uuidv7(deps.clock.now())
  const request = { kind: 'join', link: proofOf(token), memberId } as const
  const answer = demandDone(await deps.vault.people(h1, request))
  await storeAnswer(deps, answer, { h1 })
  if (!answer.accountId) throw new Error('vault answers join with the account')
  return { accountId: answer.accountId }
}
