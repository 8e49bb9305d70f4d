/** Who belongs to an account: its members, those invited, and what changes them. */
import { beginSession, sealClass } from '../../lib/seal.ts'
import type { Role, Scope } from '../access/scopes.ts'
import type { AccountOptions } from '../authority/signed-row.ts'
import { recordItem } from '../openings/record-item.ts'
import type { PersonAsking } from './factors.ts'
import { makeLink } from './links.ts'
import { checkAddress, openTexts, readProfile, sealText, unsealText } from './names.ts'
import { type InvitationRow, listInvitations, listMembers, type MemberRow } from './queries.ts'
import { demandDone, emailIndex, type PeopleDeps, storeAnswer } from './store-answer.ts'

export interface Member {
  id: string
  userId: string
  name: string
  email: string
  role: Role
  scopes: Scope[] | null
  factors: number
  joinedAt: Date
  lastSignInAt: Date | null
}

export async function readMembers(deps: PeopleDeps, { h1 }: PersonAsking): Promise<Member[]> {
  const rows = await listMembers(deps.sql, h1)
  const texts = await openTexts(
    deps.vault,
    h1,
    rows.map(({ userId, profileSealed }) => ({
      owner: userId,
      blob: profileSealed,
      kind: sealClass.profile,
    })),
  )
  return rows.map((row, index) => memberOf(row, texts[index] ?? null))
}

function memberOf({ id, userId, member, factors, lastSessionAt }: MemberRow, text: string | null) {
  const { role, scopes, createdAt } = member.columns
  const profile = readProfile(text) ?? { name: '', email: '' }
  const times = { joinedAt: new Date(createdAt), lastSignInAt: lastSessionAt }
  return { id, userId, ...profile, role, scopes, factors, ...times }
}

export interface Invitation {
  id: string
  email: string
  role: Role
  scopes: Scope[] | null
  createdAt: Date
  expiresAt: Date
}

export async function readInvitations(
  deps: PeopleDeps,
  { h1, accountId }: PersonAsking,
): Promise<Invitation[]> {
  const rows = await listInvitations(deps.sql, h1)
  const keys = await deps.vault.openFor(
    h1,
    rows.map(({ addressSealed }) => recordItem(addressSealed)),
  )
  return rows.map((row, index) => invitationOf(row, { accountId, key: keys[index] ?? null }))
}

function invitationOf(
  { id, link, addressSealed: blob }: InvitationRow,
  { accountId, key }: { accountId: string; key: Buffer | null },
): Invitation {
  const { role, scopes, createdAt, expiresAt } = link.columns
  const email = unsealText({ owner: accountId, blob, kind: sealClass.address }, key) ?? ''
  const times = { createdAt: new Date(createdAt), expiresAt: new Date(expiresAt) }
  return { id, email, role: role ?? 'analyst', scopes, ...times }
}

/** The token is for the mail to that address, and for nobody else. */
export async function invite(
  deps: PeopleDeps,
  { h1, accountId }: PersonAsking,
  { email, role, scopes }: { email: string; role: Role; scopes: Scope[] | null },
): Promise<{ id: string; token: string; address: string }> {
  const address = checkAddress(email)
  const { token, link } = makeLink(deps)
  const index = (await emailIndex(deps, address)).toString('hex')
  const request = { kind: 'invite', link, emailIndex: index, role, scopes } as const
  const answer = demandDone(await deps.vault.people(h1, request))
  const { keyVersion, publicKey } = await deps.vault.accountKeys(h1)
  const session = beginSession({ accountId, keyVersion, publicKey })
  const sealed = new Map([
    [link.id, sealText(session, link.id, { text: address, kind: sealClass.address })],
  ])
  await storeAnswer(deps, answer, { h1, sealed })
  return { id: link.id, token, address }
}

export async function revokeInvitation(
  deps: PeopleDeps,
  { h1 }: PersonAsking,
  linkId: string,
): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: 'revoke_invitation', linkId }))
  await storeAnswer(deps, answer, { h1 })
}

/** Their sessions in the account end: the next one has what the new role may do. */
export async function changeMember(
  deps: PeopleDeps,
  { h1, accountId }: PersonAsking,
  { memberId, role, scopes }: { memberId: string; role: Role; scopes: Scope[] | null },
): Promise<void> {
  const request = { kind: 'change_member', memberId, role, scopes } as const
  const answer = demandDone(await deps.vault.people(h1, request))
  const owners = await ownersOf(deps, h1)
  const told = owners.map((userId) => ({ userId, accountId, kind: 'member_changed' }))
  await storeAnswer(deps, answer, { h1, told })
}

export async function removeMember(
  deps: PeopleDeps,
  { h1, accountId }: PersonAsking,
  memberId: string,
): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: 'remove_member', memberId }))
  const owners = await ownersOf(deps, h1)
  const told = owners.map((userId) => ({ userId, accountId, kind: 'member_removed' }))
  await storeAnswer(deps, answer, { h1, told })
}

/** All owners are told: a policy decides who may come in, or what is kept. */
export async function setPolicy(
  deps: PeopleDeps,
  { h1, accountId }: PersonAsking,
  policy: AccountOptions,
): Promise<void> {
  const kind = policy.retention ? 'retention_changed' : 'policy_changed'
  const answer = demandDone(await deps.vault.people(h1, { kind: 'account_policy', policy }))
  const owners = await ownersOf(deps, h1)
  const told = owners.map((userId) => ({ userId, accountId, kind }))
  await storeAnswer(deps, answer, { h1, told })
}

async function ownersOf({ sql }: PeopleDeps, h1: Buffer): Promise<string[]> {
  const members = await listMembers(sql, h1)
  return members.flatMap(({ userId, member }) => (member.columns.role === 'owner' ? userId : []))
}
