/** What a person is called. */
import { sealClass } from '../../lib/seal.ts'
import type { PersonAsking } from './factors.ts'
import { checkPersonName, openTexts, readProfile, sealProfile } from './names.ts'
import { ownSession } from './own-session.ts'
import { findSelf } from './queries.ts'
import { renamePerson as storeName } from './recovery-queries.ts'
import type { PeopleDeps } from './store-answer.ts'

/** The address stays: it is what they sign in with. */
export async function renamePerson(
  deps: PeopleDeps,
  { h1, userId }: PersonAsking,
  wanted: string,
): Promise<void> {
  const name = checkPersonName(wanted)
  const blob = (await findSelf(deps.sql, h1))?.profileSealed ?? Buffer.alloc(0)
  const [text = null] = await openTexts(deps.vault, h1, [
    { owner: userId, blob, kind: sealClass.profile },
  ])
  const profile = readProfile(text)
  if (!profile) throw new Error('who asks has a profile')
  const sealed = sealProfile(await ownSession(deps, { h1, userId }), userId, { ...profile, name })
  if (!(await storeName(deps.sql, h1, sealed))) throw new Error('the session that asked is gone')
}
