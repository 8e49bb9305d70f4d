/** A person's own address: asked for with a fresh factor, confirmed by a link to the new one in a session of theirs. */
import type { OneTimeLinkColumns, SignedRow } from '../../core/authority/signed-row.ts'
import { findAddressChange } from '../../core/people/vault-queries.ts'
import { Refusal } from '../../lib/refusal.ts'
import { type Asking, askingPerson, askingSession, demandFresh } from './asking.ts'
import type { PersonAnswer, PersonOutcome, PersonRequest } from './contract.ts'
import { findLink } from './link-changes.ts'
import { loadPerson, type PeopleDeps } from './person.ts'
import { following } from './proofs.ts'
import { newSessionRow } from './sign-in.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

const linkMs = 20 * 60_000

/** The answer is the same whether somebody has that address or not. What was asked before is dead. */
export async function askAddress(
  deps: PeopleDeps,
  h1: Buffer,
  { emailIndex, link }: Of<'ask_address'>,
): Promise<PersonOutcome> {
  const asking = await changingAddress(deps, h1)
  const { person } = await askingPerson(deps, asking)
  const { id: userId, emailIndex: present } = person.user.columns
  if (emailIndex === present) {
    throw new Refusal('invalid_input', 'This `email` is yours already.')
  }
  for (const who of [`address ${userId}`, `link ${emailIndex}`]) {
    const retryAfterSeconds = deps.guesses.waitSeconds(who)
    if (retryAfterSeconds > 0) return { outcome: 'locked', retryAfterSeconds }
    deps.guesses.fail(who)
  }
  const now = deps.clock.now()
  const columns: OneTimeLinkColumns = {
    accountId: userId,
    ...link,
    purpose: 'change_address',
    userId,
    role: null,
    scopes: null,
    emailIndex,
    createdAt: now,
    expiresAt: now + linkMs,
    endedAt: null,
  }
  const row = deps.keys.signRow({ kind: 'one_time_link', columns, version: 1, previous: null })
  return { outcome: 'done', rows: [...(await endedOnes(deps, h1)), row] }
}

/** By any session of the person: it takes nothing away. */
export async function keepAddress(deps: PeopleDeps, h1: Buffer): Promise<PersonAnswer> {
  await askingSession(deps, h1)
  const rows = await endedOnes(deps, h1)
  if (rows.length > 0) return { outcome: 'done', rows }
  throw new Refusal('not_found', 'There is no change of your address to call off.')
}

/** Whoever holds the link alone changes nothing, nor does a session alone. Every other session ends. */
export async function changeAddress(
  deps: PeopleDeps,
  h1: Buffer,
  { link, session }: Of<'change_address'>,
): Promise<PersonOutcome> {
  const asking = await changingAddress(deps, h1)
  const { person, membership } = await askingPerson(deps, asking)
  const row = await findLink(deps, Buffer.from(link, 'hex'))
  const { columns } = person.user
  if (row?.columns.purpose !== 'change_address' || row.columns.emailIndex === null) {
    return { outcome: 'link_dead' }
  }
  if (row.columns.userId !== columns.id) {
    throw new Refusal(
      'not_permitted',
      'Somebody else has asked for this change. Sign in as that person, in this browser.',
    )
  }
  // A password that was reset meanwhile, or an end of all sessions, calls it off.
  if (row.columns.createdAt < columns.notBefore) return { outcome: 'link_dead' }
  const { emailIndex } = row.columns
  if (await loadPerson(deps, { emailIndex })) {
    throw new Refusal(
      'already_exists',
      'There is a person with this address already. Use another one, or sign in as that person.',
    )
  }
  const now = deps.clock.now()
  const ended = following(deps.keys, row, { ...row.columns, endedAt: now })
  const user = following(deps.keys, person.user, { ...columns, emailIndex, notBefore: now })
  const { browserKey, steppedUpAt } = asking.session
  const bound = { ...session, browserKey }
  const next = newSessionRow(deps, { person, membership, session: bound, steppedUpAt })
  return { outcome: 'done', rows: [ended, user, next] }
}

async function changingAddress(deps: PeopleDeps, h1: Buffer): Promise<Asking> {
  const asking = await askingSession(deps, h1)
  demandFresh(asking, deps)
  if (!asking.session.enrolling) return asking
  throw new Refusal('not_permitted', 'Add a second factor before you change your address.')
}

async function endedOnes(deps: PeopleDeps, h1: Buffer): Promise<SignedRow[]> {
  const { sql, ticket, check, keys, clock } = deps
  const found = await findAddressChange(sql, ticket, h1)
  const own = found.filter((row) => check.distrust(row, row.columns.id) === undefined)
  return own.map((row) => following(keys, row, { ...row.columns, endedAt: clock.now() }))
}
