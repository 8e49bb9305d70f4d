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
import type { PersonOutcome, PersonRequest, ToStore } from './contract.ts'
import { loadPerson, type PeopleDeps, type Person } from './person.ts'
import { following, peppered } from './proofs.ts'

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
  const { columns } = link
  if (columns.emailIndex !== null && columns.emailIndex !== request.emailIndex) {
    throw new Refusal(
      'invalid_input',
      'The `email` is not the one this link was sent to. Use that one, or ask for another link.',
    )
  }
  const ended = following(deps.keys, link, { ...columns, endedAt: deps.clock.now() })
  // Used by who is signed in.
  if (columns.purpose === 'change_address') return { outcome: 'link_dead' }
  if (columns.purpose === 'reset_password') return resetPassword(deps, request, { link, ended })
  if (await loadPerson(deps, { emailIndex: request.emailIndex })) {
    throw new Refusal(
      'already_exists',
      'There is a person with this `email` already. Sign in first, then open the link again.',
    )
  }
  const made = makePerson(deps, request)
  const account =
    columns.purpose === 'sign_up' ? makeAccount(deps, request) : { rows: [], keys: [] }
  const accountId = columns.purpose === 'sign_up' ? demand(request.accountId) : columns.accountId
  const role = columns.purpose === 'invitation' ? columns.role : 'owner'
  const member = memberRow(deps, {
    accountId,
    id: demand(request.memberId),
    userId: made.user.id,
    role: role ?? 'analyst',
    scopes: columns.scopes,
  })
  return {
    outcome: 'done',
    rows: [ended, ...account.rows, ...made.rows, member],
    keys: [...account.keys, ...made.keys],
    userId: made.user.id,
    accountId,
  }
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
  { keys, clock }: PeopleDeps,
  { person, emailIndex, password }: Of<'use_link'>,
): ToStore & { user: UserColumns; keys: NonNullable<ToStore['keys']> } {
  const id = demand(person?.id)
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
  }
  const row = keys.signRow({ kind: 'user', columns: user, version: 1, previous: null })
  return { rows: [row], keys: [newKeys(keys, id)], user }
}

function makeAccount(
  { keys }: PeopleDeps,
  { accountId }: Of<'use_link'>,
): { rows: SignedRow[]; keys: NonNullable<ToStore['keys']> } {
  const id = demand(accountId)
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
