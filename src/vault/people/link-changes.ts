/** What comes by a link that works once: the first owner, who was invited, who signs up, who has lost their password. */
import type {
  AccountStateColumns,
  MemberColumns,
  OneTimeLinkColumns,
  SignedRow,
  UserColumns,
} from '../../core/authority/signed-row.ts'
import { findOneTimeLink } from '../../core/people/vault-queries.ts'
import { Refusal } from '../../lib/refusal.ts'
import { storedHash } from '../../lib/token.ts'
import { firstLimits } from '../first-limits.ts'
import { askingPerson, askingSession } from './asking.ts'
import type { PersonAnswer, PersonOutcome, PersonRequest, ToStore } from './contract.ts'
import { newIdentity } from './identity-changes.ts'
import { loadPerson, type PeopleDeps, type Person } from './person.ts'
import { demandPasswords, following, peppered } from './proofs.ts'
import type { ProvedIdentity } from './proved-identities.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

const resetMs = 20 * 60_000
const signUpMs = 24 * 3600_000

/** Nothing is told of whether there is such a person: the rows are empty then. */
export async function requestLink(
  deps: PeopleDeps,
  { purpose, emailIndex, link }: Of<'request_link'>,
): Promise<PersonOutcome> {
  const who = `link ${emailIndex}`
  const retryAfterSeconds = deps.guesses.waitSeconds(who)
  if (retryAfterSeconds > 0) return { outcome: 'locked', retryAfterSeconds }
  deps.guesses.fail(who)
  const person = await loadPerson(deps, { emailIndex })
  if ((purpose === 'reset_password') !== (person !== undefined))
    return { outcome: 'done', rows: [] }
  const now = deps.clock.now()
  const userId = person?.user.columns.id ?? null
  const columns: OneTimeLinkColumns = {
    // Who signs up has no account yet: the link stands under its own id.
    accountId: userId ?? link.id,
    ...link,
    purpose,
    userId,
    role: null,
    scopes: null,
    emailIndex,
    createdAt: now,
    expiresAt: now + (purpose === 'reset_password' ? resetMs : signUpMs),
    endedAt: null,
  }
  const row = deps.keys.signRow({ kind: 'one_time_link', columns, version: 1, previous: null })
  return { outcome: 'done', rows: [row], ...(userId === null ? {} : { userId }) }
}

export async function readLink(
  deps: PeopleDeps,
  { link }: Of<'read_link'>,
): Promise<PersonOutcome> {
  const row = await findLink(deps, Buffer.from(link, 'hex'))
  if (!row) return { outcome: 'link_dead' }
  const { purpose, accountId, role, emailIndex } = row.columns
  return {
    outcome: 'done',
    rows: [],
    link: { purpose, accountId, role, isBound: emailIndex !== null },
  }
}

export async function findLink(
  { sql, ticket, check, clock, log }: PeopleDeps,
  h1: Buffer,
): Promise<SignedRow<'one_time_link'> | undefined> {
  if (h1.length !== 32) throw new RangeError('a proof has 32 bytes')
  const row = (await findOneTimeLink(sql, ticket, h1))?.link
  if (!row) return undefined
  const { columns } = row
  const reason = check.distrust(row, columns.id)
  if (reason) log.error({ reason }, 'alarm: one-time link not signed by vault')
  const stands =
    !reason &&
    columns.h2 === storedHash(h1).toString('hex') &&
    columns.endedAt === null &&
    columns.expiresAt > clock.now()
  return stands ? row : undefined
}

export async function followLink(
  deps: PeopleDeps,
  request: Of<'use_link'>,
): Promise<PersonOutcome> {
  const link = await findLink(deps, Buffer.from(request.link, 'hex'))
  if (!link) return { outcome: 'link_dead' }
  const newcomer = newcomerOf(deps, request)
  if ('outcome' in newcomer) return newcomer
  const { columns } = link
  if (columns.emailIndex !== null && columns.emailIndex !== newcomer.emailIndex) {
    throw otherAddress(newcomer)
  }
  const ended = following(deps.keys, link, { ...columns, endedAt: deps.clock.now() })
  // Used by who is signed in.
  if (columns.purpose === 'change_address') return { outcome: 'link_dead' }
  if (columns.purpose === 'reset_password') return resetPassword(deps, request, { link, ended })
  await demandNew(deps, newcomer)
  const role = columns.purpose === 'invitation' ? columns.role : 'owner'
  const made = makeMember(deps, newcomer, {
    ids: { userId: demand(request.person?.id), memberId: demand(request.memberId) },
    accountId: columns.accountId,
    newAccountId: columns.purpose === 'sign_up' ? demand(request.accountId) : null,
    role: role ?? 'analyst',
    scopes: columns.scopes,
  })
  return { ...made, rows: [ended, ...made.rows] }
}

/** Without a link: the provider has verified the address already. Whether it is open to all is for console to say. */
export async function signUp(
  deps: PeopleDeps,
  { oidc, browserKey, person, memberId, accountId }: Of<'sign_up'>,
): Promise<PersonOutcome> {
  const newcomer = newcomerOf(deps, { oidc, browserKey })
  if ('outcome' in newcomer) return newcomer
  await demandNew(deps, newcomer)
  return makeMember(deps, newcomer, {
    ids: { userId: person.id, memberId },
    accountId,
    newAccountId: accountId,
    role: 'owner',
    scopes: null,
  })
}

/** Who comes in for the first time: with an address and a password of their choice, or as a provider vouches for them. */
interface Newcomer {
  emailIndex: string
  password?: Of<'use_link'>['password']
  proved?: ProvedIdentity & { verified: NonNullable<ProvedIdentity['verified']> }
}

function newcomerOf(
  deps: PeopleDeps,
  request: Pick<Of<'use_link'>, 'oidc' | 'browserKey' | 'emailIndex' | 'password'>,
): Newcomer | Exclude<PersonOutcome, { outcome: 'done' }> {
  const { oidc, browserKey, emailIndex, password } = request
  if (oidc === undefined) {
    demandPasswords(deps)
    return { emailIndex: demand(emailIndex), password }
  }
  // It stays, for the sign-in that follows.
  const proved = deps.identities.peek(oidc, demand(browserKey))
  if (!proved) return { outcome: 'identity_dead' }
  const { verified } = proved
  if (verified === null) return { outcome: 'address_unverified' }
  return { emailIndex: verified.emailIndex, proved: { ...proved, verified } }
}

function otherAddress({ proved }: Newcomer): Refusal {
  const message = proved
    ? 'The provider knows you by another address than the one this link was sent to. Sign in there as that person, or ask for an invitation to the address it knows.'
    : 'The `email` is not the one this link was sent to. Use that one, or ask for another link.'
  return new Refusal('invalid_input', message)
}

async function demandNew(deps: PeopleDeps, { emailIndex, proved }: Newcomer): Promise<void> {
  const known =
    (await loadPerson(deps, { emailIndex })) ??
    (proved && (await loadPerson(deps, { subject: proved.subject })))
  if (!known) return
  throw new Refusal(
    'already_exists',
    'There is a person with this `email` already. Sign in first, then open the link again.',
  )
}

interface Making {
  ids: { userId: string; memberId: string }
  accountId: string
  /** Of an account that is made with the person. */
  newAccountId: string | null
  role: MemberColumns['role']
  scopes: MemberColumns['scopes']
}

function makeMember(
  deps: PeopleDeps,
  newcomer: Newcomer,
  { ids, newAccountId, role, scopes, ...making }: Making,
): { outcome: 'done' } & PersonAnswer {
  const { userId } = ids
  const made = makePerson(deps, userId, newcomer)
  const account = newAccountId === null ? { rows: [], keys: [] } : makeAccount(deps, newAccountId)
  const accountId = newAccountId ?? making.accountId
  const member = memberRow(deps, { accountId, id: ids.memberId, userId, role, scopes })
  const { proved } = newcomer
  return {
    outcome: 'done',
    rows: [...account.rows, ...made.rows, member],
    keys: [...account.keys, ...made.keys],
    userId,
    accountId,
    ...(proved && { profile: profileOf(proved) }),
  }
}

function profileOf({
  name,
  verified: { email },
}: NonNullable<Newcomer['proved']>): NonNullable<PersonAnswer['profile']> {
  return { name: name ?? email.slice(0, email.lastIndexOf('@')), email }
}

/** All sessions end with it. It never stands in for a second factor: signing in asks for that as before. */
async function resetPassword(
  deps: PeopleDeps,
  { password }: Of<'use_link'>,
  { link, ended }: { link: SignedRow<'one_time_link'>; ended: SignedRow },
): Promise<PersonOutcome> {
  const { userId } = link.columns
  const person = userId === null ? undefined : await loadPerson(deps, { userId })
  if (!person || !password) return { outcome: 'link_dead' }
  const { columns } = person.user
  // It went to an address that is the person's no longer.
  if (link.columns.emailIndex !== columns.emailIndex) return { outcome: 'link_dead' }
  const now = deps.clock.now()
  const hash = peppered(deps.keys, columns.id, password.hash)
  const changed = {
    ...columns,
    notBefore: now,
    password: { hash, salt: password.salt, setAt: now },
  }
  return {
    outcome: 'done',
    rows: [ended, following(deps.keys, person.user, changed)],
    userId: columns.id,
  }
}

/** Who is signed in takes up an invitation that was sent to their own address. */
export async function join(
  deps: PeopleDeps,
  h1: Buffer,
  { link, memberId }: Of<'join'>,
): Promise<PersonOutcome> {
  const asking = await askingSession(deps, h1)
  const { person } = await askingPerson(deps, asking)
  const row = await findLink(deps, Buffer.from(link, 'hex'))
  if (row?.columns.purpose !== 'invitation') return { outcome: 'link_dead' }
  const { columns } = row
  demandOwnInvitation(person, columns)
  const ended = following(deps.keys, row, { ...columns, endedAt: deps.clock.now() })
  const { accountId, scopes } = columns
  const userId = person.user.columns.id
  const role = columns.role ?? 'analyst'
  const member = memberRow(deps, { accountId, id: memberId, userId, role, scopes })
  return { outcome: 'done', rows: [ended, member], accountId, userId }
}

function demandOwnInvitation(person: Person, { emailIndex, accountId }: OneTimeLinkColumns): void {
  if (emailIndex !== person.user.columns.emailIndex) {
    throw new Refusal(
      'not_permitted',
      'This invitation was sent to another address than yours. Sign in as that person, or ask for one to your own.',
    )
  }
  if (person.memberships.some(({ member }) => member.accountId === accountId)) {
    throw new Refusal('already_exists', 'You are a member of that account already.')
  }
}

function makePerson(
  deps: PeopleDeps,
  id: string,
  { emailIndex, password, proved }: Newcomer,
): { rows: SignedRow[]; keys: NonNullable<ToStore['keys']> } {
  const { keys, clock } = deps
  const now = clock.now()
  const user: UserColumns = {
    accountId: id,
    id,
    emailIndex,
    notBefore: now,
    factorIds: [],
    password: password
      ? { hash: peppered(keys, id, password.hash), salt: password.salt, setAt: now }
      : null,
    createdAt: now,
    ...(proved && { identities: [newIdentity(deps, proved)] }),
  }
  const row = keys.signRow({ kind: 'user', columns: user, version: 1, previous: null })
  return { rows: [row], keys: [newKeys(keys, id)] }
}

function makeAccount(
  { keys }: PeopleDeps,
  id: string,
): { rows: SignedRow[]; keys: NonNullable<ToStore['keys']> } {
  const columns: AccountStateColumns = {
    accountId: id,
    state: 'active',
    reason: null,
    ...firstLimits,
  }
  const row = keys.signRow({ kind: 'account_state', columns, version: 1, previous: null })
  return { rows: [row], keys: [newKeys(keys, id)] }
}

function newKeys(keys: PeopleDeps['keys'], id: string) {
  const { publicKey, wrapped } = keys.makeAccount(id)
  return { id, publicKey: publicKey.toString('hex'), wrapped: wrapped.toString('hex') }
}

function memberRow(
  { keys, clock }: PeopleDeps,
  of: Pick<MemberColumns, 'accountId' | 'id' | 'userId' | 'role' | 'scopes'>,
): SignedRow {
  const now = clock.now()
  const columns: MemberColumns = { ...of, createdAt: now, changedAt: now, removedAt: null }
  return keys.signRow({ kind: 'member', columns, version: 1, previous: null })
}

function demand(id: string | undefined): string {
  if (id === undefined) throw new RangeError('the request lacks an id')
  return id
}
