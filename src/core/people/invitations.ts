/** Inviting people: one invitation for an address, mailed to it and to nobody else. */
import { Refusal } from '../../lib/refusal.ts'
import { sealClass } from '../../lib/seal.ts'
import { normaliseAddress } from '../../mail/address.ts'
import type { Role, Scope } from '../access/scopes.ts'
import { readAccount } from './account-settings.ts'
import type { PersonAsking } from './factors.ts'
import type { OwnMail } from './mail.ts'
import { invite, readInvitations, readMembers, revokeInvitation } from './members.ts'
import { openTexts, readProfile } from './names.ts'
import { findSelf } from './queries.ts'
import type { PeopleDeps } from './store-answer.ts'

export interface InvitingDeps {
  people: PeopleDeps
  mail: Pick<OwnMail, 'sendLink'>
}

export interface NewInvitation {
  email: string
  role: Role
  scopes: Scope[] | null
}

/** Refuses an address that is a member's, or was invited already. */
export async function inviteByMail(
  { people, mail }: InvitingDeps,
  asking: PersonAsking,
  wanted: NewInvitation,
): Promise<string> {
  const address = normaliseAddress(wanted.email.trim())
  const isSame = ({ email }: { email: string }) => normaliseAddress(email) === address
  if ((await readMembers(people, asking)).some(isSame)) {
    throw new Refusal('already_exists', 'This person is a member already; change their role.', {
      field: 'email',
    })
  }
  if ((await readInvitations(people, asking)).some(isSame)) {
    throw new Refusal(
      'already_exists',
      'This address was invited already; send that invitation again, or take it back first.',
      { field: 'email' },
    )
  }
  return send({ people, mail }, asking, wanted)
}

/** With a new link: the one that was sent before is dead. */
export async function inviteAgain(
  { people, mail }: InvitingDeps,
  asking: PersonAsking,
  id: string,
): Promise<string> {
  const present = (await readInvitations(people, asking)).find((one) => one.id === id)
  if (!present || present.email === '') {
    throw new Refusal('not_found', 'There is no such invitation; it may have been taken up.')
  }
  await revokeInvitation(people, asking, id)
  const { email, role, scopes } = present
  return send({ people, mail }, asking, { email, role, scopes })
}

/** An invitation that could not be mailed is none. */
async function send(
  { people, mail }: InvitingDeps,
  asking: PersonAsking,
  wanted: NewInvitation,
): Promise<string> {
  const { name: accountName } = await readAccount(people, asking)
  const invitedBy = await ownName(people, asking)
  const { id, token, address } = await invite(people, asking, wanted)
  const { role } = wanted
  try {
    await mail.sendLink({ kind: 'invitation', address, token, accountName, invitedBy, role })
  } catch (error) {
    await revokeInvitation(people, asking, id)
    throw error
  }
  return id
}

/** Who has entered from the account above is no member, and has a name all the same. */
async function ownName({ sql, vault }: PeopleDeps, { h1 }: PersonAsking): Promise<string> {
  const self = await findSelf(sql, h1)
  if (!self) return ''
  const own = { owner: self.userId, blob: self.profileSealed, kind: sealClass.profile }
  const [text = null] = await openTexts(vault, h1, [own])
  return readProfile(text)?.name ?? ''
}
