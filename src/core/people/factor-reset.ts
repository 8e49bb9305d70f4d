/** The way back for who has lost every second factor and code: the operator asks, a day passes, a link goes by mail. */
import { Refusal } from '../../lib/refusal.ts'
import { sealClass } from '../../lib/seal.ts'
import { tokenProof } from '../../lib/token.ts'
import type { AccountDeps } from '../accounts/create-account.ts'
import type { UserColumns } from '../authority/signed-row.ts'
import { requestLink } from './links.ts'
import type { OwnMail } from './mail.ts'
import { checkAddress, namedRecord, readProfile, unsealText } from './names.ts'
import { findResetNotice, listDueResets, storeFactorsReset } from './recovery-queries.ts'
import { demandDone, type PeopleDeps, storeAnswer } from './store-answer.ts'

/** By the operator alone. Answers when the factors end; until then the person calls it off by showing one. */
export async function askFactorsReset(
  { sql, vault }: Pick<AccountDeps, 'sql' | 'vault'>,
  operatorToken: string,
  { email, atOnce }: { email: string; atOnce: boolean },
): Promise<{ userId: string; endsAt: Date }> {
  const address = checkAddress(email)
  const { signed } = await vault.authorise(
    { operatorToken },
    { kind: 'reset_factors', email: address, atOnce },
  )
  await storeFactorsReset(sql, tokenProof(operatorToken), signed)
  const { id: userId, factorsResetAt = 0 } = signed.columns as UserColumns // of the kind that was asked for
  return { userId, endsAt: new Date(factorsResetAt) }
}

export interface ResetDeps {
  people: PeopleDeps
  mail: Pick<OwnMail, 'sendLink' | 'isReady'>
}

/**
 * Carries out what is due, once: who comes second finds the row changed. Where the link cannot be sent any more the
 * notice tells the way to another one. Waits while nothing can be mailed, since the person would be shut out wholly.
 */
export async function carryOutResets({ people, mail }: ResetDeps): Promise<void> {
  const { sql, ticket, vault, clock } = people
  if (!mail.isReady) return
  for (const userId of await listDueResets(sql, ticket, new Date(clock.now()))) {
    const outcome = await vault.people(null, { kind: 'carry_out_reset', userId }).catch(notDue)
    if (!outcome) continue
    await storeAnswer(people, demandDone(outcome), { h1: null })
    const made = await requestLinkFor(people, userId)
    if (made) await mail.sendLink({ kind: 'reset_password', ...made })
  }
}

/** Called off a moment ago, or a row that vault does not believe, of which its log speaks. */
function notDue(error: unknown): undefined {
  if (error instanceof Refusal && error.code === 'not_permitted') return undefined
  throw error
}

async function requestLinkFor(people: PeopleDeps, owner: string) {
  const notice = await findResetNotice(people.sql, people.ticket, owner)
  if (!notice) return undefined
  const { id, profileSealed: blob } = notice
  const key = await people.vault.openNotice(id, namedRecord({ owner, blob }))
  const profile = readProfile(unsealText({ owner, blob, kind: sealClass.profile }, key))
  return profile ? requestLink(people, 'reset_password', profile.email) : undefined
}
