/** A person's own second factors, sessions and password. */
import { sealClass } from '../../lib/seal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { NewSession, PersonRequest } from '../../vault/client.ts'
import type { FactorType } from '../authority/signed-row.ts'
import { checkPersonName, openTexts, sealText } from './names.ts'
import { ownSession } from './own-session.ts'
import { newSalt } from './password.ts'
import { listFactors } from './queries.ts'
import { demandDone, type PeopleDeps, storeAnswer } from './store-answer.ts'

export interface Factor {
  id: string
  type: FactorType
  name: string
  createdAt: Date
  /** Of recovery codes: how many are left. */
  codesLeft: number | null
}

/** Who asks: the proof of their session, and who they are. */
export interface PersonAsking {
  h1: Buffer
  userId: string
  accountId: string
}

export async function readFactors(
  deps: PeopleDeps,
  { h1, userId }: PersonAsking,
): Promise<Factor[]> {
  const rows = await listFactors(deps.sql, h1)
  const names = await openTexts(
    deps.vault,
    h1,
    rows.map(({ nameSealed }) => ({ owner: userId, blob: nameSealed, kind: sealClass.name })),
  )
  return rows.map(({ id, factor: { columns } }, index) => ({
    id,
    type: columns.type,
    name: names[index] ?? '',
    createdAt: new Date(columns.createdAt),
    codesLeft: columns.codes?.length ?? null,
  }))
}

/** base32, for the authenticator app; it counts once `addTotp` has seen a code of it. */
export async function beginTotp(deps: PeopleDeps, { h1 }: PersonAsking): Promise<string> {
  const { secret } = demandDone(await deps.vault.people(h1, { kind: 'begin_totp' }))
  if (secret === undefined) throw new Error('vault answers begin_totp with a secret')
  return secret
}

export async function addTotp(
  deps: PeopleDeps,
  asking: PersonAsking,
  { name, code }: { name: string; code: string },
): Promise<string> {
  const factorId = uuidv7(deps.clock.now())
  await addFactor(deps, asking, { request: { kind: 'add_totp', factorId, code }, factorId, name })
  return factorId
}

export async function addPasskey(
  deps: PeopleDeps,
  asking: PersonAsking,
  passkey: { name: string } & Omit<
    Extract<PersonRequest, { kind: 'add_passkey' }>,
    'kind' | 'factorId'
  >,
): Promise<string> {
  const { name, ...made } = passkey
  const factorId = uuidv7(deps.clock.now())
  const request = { kind: 'add_passkey', factorId, ...made } as const
  await addFactor(deps, asking, { request, factorId, name })
  return factorId
}

/** Ten codes, told this once; those of before stop working. */
export async function makeRecoveryCodes(deps: PeopleDeps, asking: PersonAsking): Promise<string[]> {
  const factorId = uuidv7(deps.clock.now())
  const request = { kind: 'make_recovery_codes', factorId } as const
  const { codes } = await addFactor(deps, asking, { request, factorId, name: 'Recovery codes' })
  if (!codes) throw new Error('vault answers make_recovery_codes with codes')
  return codes
}

async function addFactor(
  deps: PeopleDeps,
  { h1, userId, accountId }: PersonAsking,
  of: { request: PersonRequest; factorId: string; name: string },
) {
  const name = checkPersonName(of.name)
  const own = await ownSession(deps, { h1, userId })
  const answer = demandDone(await deps.vault.people(h1, of.request))
  const sealed = new Map([
    [of.factorId, sealText(own, of.factorId, { text: name, kind: sealClass.name })],
  ])
  const told = [{ userId, accountId, kind: 'factor_added' }]
  await storeAnswer(deps, answer, { h1, sealed, told })
  return answer
}

export async function revokeFactor(
  deps: PeopleDeps,
  { h1, userId, accountId }: PersonAsking,
  factorId: string,
): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: 'revoke_factor', factorId }))
  await storeAnswer(deps, answer, { h1, told: [{ userId, accountId, kind: 'factor_removed' }] })
}

/** Ends every session; the asking browser goes on with `session`. */
export async function changePassword(
  deps: PeopleDeps,
  { h1, userId, accountId }: PersonAsking,
  of: { password: string; email: string; name: string; session: NewSession },
): Promise<void> {
  deps.passwordRules.demand(of.password, { name: of.name, address: of.email })
  const salt = newSalt()
  const hash = await deps.hasher.hash(of.password, salt)
  const password = { hash: hash.toString('hex'), salt: salt.toString('hex') }
  const request = { kind: 'change_password', password, session: of.session } as const
  const answer = demandDone(await deps.vault.people(h1, request))
  await storeAnswer(deps, answer, { h1, told: [{ userId, accountId, kind: 'password_changed' }] })
}
