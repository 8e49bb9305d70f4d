/** A person's own address: what they sign in with, and where Postern writes to them. */
import { Refusal } from '../../lib/refusal.ts'
import { sealClass } from '../../lib/seal.ts'
import { tokenProof } from '../../lib/token.ts'
import type { NewSession, PersonAnswer } from '../../vault/client.ts'
import type { PersonAsking } from './factors.ts'
import { makeLink } from './links.ts'
import type { OwnMail } from './mail.ts'
import { checkAddress, openTexts, readProfile, sealProfile, sealText } from './names.ts'
import { ownSession } from './own-session.ts'
import { findSelf } from './queries.ts'
import { type AddressStep, findAddressChange, storeAddressChange } from './recovery-queries.ts'
import { demandDone, emailIndex, linkDead, type PeopleDeps } from './store-answer.ts'

export interface AddressChange {
  email: string
  createdAt: Date
  expiresAt: Date
}

/** The one that waits to be confirmed, or null. */
export async function readAddressChange(
  deps: PeopleDeps,
  { h1, userId }: PersonAsking,
): Promise<AddressChange | null> {
  const row = await findAddressChange(deps.sql, h1)
  if (!row) return null
  const { createdAt, expiresAt } = row.link.columns
  if (expiresAt <= deps.clock.now()) return null
  const sealed = { owner: userId, blob: row.addressSealed, kind: sealClass.address }
  const [email = null] = await openTexts(deps.vault, h1, [sealed])
  return { email: email ?? '', createdAt: new Date(createdAt), expiresAt: new Date(expiresAt) }
}

/** The link goes to the new address whoever has it; the old one is told. */
export async function askAddress(
  { people: deps, mail }: { people: PeopleDeps; mail: Pick<OwnMail, 'sendLink'> },
  asking: PersonAsking,
  email: string,
): Promise<void> {
  const { h1 } = asking
  const address = checkAddress(email)
  const { token, link } = makeLink(deps)
  const index = (await emailIndex(deps, address)).toString('hex')
  if ((await findSelf(deps.sql, h1))?.person.columns.emailIndex === index) {
    throw new Refusal('invalid_input', 'This `email` is yours already.', { field: 'email' })
  }
  const request = { kind: 'ask_address', emailIndex: index, link } as const
  const answer = demandDone(await deps.vault.people(h1, request))
  const own = await ownSession(deps, asking)
  const text = sealText(own, link.id, { text: address, kind: sealClass.address })
  const sealed = new Map([[link.id, text]])
  await store(deps, answer, { h1, did: 'ask_address', sealed })
  await mail.sendLink({ kind: 'change_address', address, token })
}

export async function keepAddress(deps: PeopleDeps, { h1 }: PersonAsking): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: 'keep_address' }))
  await store(deps, answer, { h1, did: 'keep_address', sealed: new Map() })
}

/** Ends every session; the asking browser goes on with `session`. */
export async function changeAddress(
  deps: PeopleDeps,
  asking: PersonAsking,
  { token, session }: { token: string; session: NewSession },
): Promise<void> {
  const { h1, userId } = asking
  // Read before anything is signed: afterwards the session that may know them has ended.
  const [change, self] = [await readAddressChange(deps, asking), await findSelf(deps.sql, h1)]
  const own = await ownSession(deps, asking)
  const blob = self?.profileSealed ?? Buffer.alloc(0)
  const kind = sealClass.profile
  const [text = null] = await openTexts(deps.vault, h1, [{ owner: userId, blob, kind }])
  const profile = readProfile(text)
  const link = tokenProof(token).toString('hex')
  const request = { kind: 'change_address', link, session } as const
  const answer = demandDone(await deps.vault.people(h1, request))
  if (!change || !profile || !(await isOf(deps, answer, change))) throw linkDead()
  const sealed = new Map([[userId, sealProfile(own, userId, { ...profile, email: change.email })]])
  await store(deps, answer, { h1, did: 'change_address', sealed })
}

/** What is sealed beside a link is not signed with it, the hash of the address is. */
async function isOf(
  deps: PeopleDeps,
  { rows }: PersonAnswer,
  { email }: AddressChange,
): Promise<boolean> {
  const index = (await emailIndex(deps, email)).toString('hex')
  return rows.some(
    ({ kind, columns }) =>
      kind === 'user' && 'emailIndex' in columns && columns.emailIndex === index,
  )
}

async function store(
  { sql, ticket }: PeopleDeps,
  { rows }: PersonAnswer,
  step: Omit<AddressStep, 'rows'>,
): Promise<void> {
  if (await storeAddressChange(sql, ticket, { ...step, rows })) return
  throw new Error('a session that vault has just answered is gone')
}
