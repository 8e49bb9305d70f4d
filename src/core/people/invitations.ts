/** Inviting people: one invitation for an address, mailed to it and to nobody else. */
import { Refusal } from '../../lib/refusal.ts'
import { normaliseAddress } from '../../mail/address.ts'
import type { Role, Scope } from '../access/scopes.ts'
import type { PersonAsking } from './factors.ts'
import { invite, readInvitations, readMembers, revokeInvitation } from './members.ts'
import type { PeopleDeps } from './store-answer.ts'

/** Mails the link of an invitation to the address it is for. */
export interface InvitationMail {
  sendLink(
    kind: 'invitation',
    of: { address: string; token: string; accountId: string },
  ): Promise<void>
}

export interface InvitingDeps {
  people: PeopleDeps
  linkMail?: InvitationMail | undefined
}

export interface NewInvitation {
  email: string
  role: Role
  scopes: Scope[] | null
}

/** Refuses an address that is a member's, or was invited already. */
export async function inviteByMail(
  { people, linkMail }: InvitingDeps,
  asking: PersonAsking,
  wanted: NewInvitation,
): Promise<string> {
  const mail = demandMail(linkMail)
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
  { people, linkMail }: InvitingDeps,
  asking: PersonAsking,
  id: string,
): Promise<string> {
  const mail = demandMail(linkMail)
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
  { people, mail }: { people: PeopleDeps; mail: InvitationMail },
  asking: PersonAsking,
  wanted: NewInvitation,
): Promise<string> {
  const { id, token, address } = await invite(people, asking, wanted)
  try {
    await mail.sendLink('invitation', { address, token, accountId: asking.accountId })
  } catch (error) {
    await revokeInvitation(people, asking, id)
    throw error
  }
  return id
}

function demandMail(linkMail: InvitationMail | undefined): InvitationMail {
  if (linkMail) return linkMail
  throw new Refusal('unavailable', 'This instance sends no mail of its own yet; ask its operator.')
}
