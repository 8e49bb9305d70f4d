/** Subaccounts as the account above sees and changes them. What is in one is seen by entering it, and in no other way. */
import { Refusal } from '../../lib/refusal.ts'
import { beginSession, sealClass } from '../../lib/seal.ts'
import type { PersonRequest } from '../../vault/client.ts'
import { firstKeyVersion } from '../accounts/create-account.ts'
import { againIfOvertaken } from '../authority/overtaken.ts'
import type { AccountLimits, AccountState } from '../authority/signed-row.ts'
import { recordItem } from '../openings/record-item.ts'
import type { PersonAsking } from '../people/factors.ts'
import { checkPersonName, sealProfile, sealText, sessionFor, unsealText } from '../people/names.ts'
import { demandDone, type PeopleDeps } from '../people/store-answer.ts'
import { limitsWithin } from './limits.ts'
import {
  insertSubaccount,
  listSubaccounts,
  type SubaccountAct,
  type SubaccountRow,
  storeSubaccountState,
} from './queries.ts'

export interface Subaccount extends AccountLimits {
  id: string
  /** What the account above calls it. */
  name: string
  createdAt: Date
  state: AccountState
  /** A code: the operator's reason for a block. */
  reason: string | null
  messagesToday: number
}

const openedAtOnce = 256

/** Who asks, with what their own account may use. */
export interface AskingAbove extends PersonAsking {
  state: AccountLimits
}

export async function readSubaccounts(
  deps: PeopleDeps,
  { h1, accountId: owner }: PersonAsking,
): Promise<Subaccount[]> {
  const found = await listSubaccounts(deps.sql, h1)
  const rows = found.filter(({ state: { columns } }) => columns.options?.parentId === owner)
  const labels = rows.flatMap(({ labelSealed }) => labelSealed ?? [])
  const keys: (Buffer | null)[] = []
  for (let at = 0; at < labels.length; at += openedAtOnce) {
    const items = labels.slice(at, at + openedAtOnce).map(recordItem)
    keys.push(...(await deps.vault.openFor(h1, items)))
  }
  const keyOf = new Map(labels.map((blob, index) => [blob, keys[index] ?? null]))
  return rows.map((row) => subaccountOf(row, { owner, keyOf }))
}

function subaccountOf(
  { id, createdAt, messagesToday, labelSealed, state: { columns } }: SubaccountRow,
  { owner, keyOf }: { owner: string; keyOf: ReadonlyMap<Buffer, Buffer | null> },
): Subaccount {
  const { state, reason, requestsPerSecond, dailyQuota, domainsMax, keysMax } = columns
  const key = labelSealed && keyOf.get(labelSealed)
  const name =
    labelSealed && key ? unsealText({ owner, blob: labelSealed, kind: sealClass.name }, key) : null
  const limits = { requestsPerSecond, dailyQuota, domainsMax, keysMax }
  return {
    ...{ id, createdAt, state, reason, ...limits },
    name: name ?? '',
    messagesToday: Number(messagesToday),
  }
}

/** Its own profile is sealed to itself, what this account calls it to this one: neither opens the other's. */
export async function makeSubaccount(
  deps: PeopleDeps,
  { h1, accountId, state }: AskingAbove,
  { name, limits }: { name: string; limits: Partial<AccountLimits> },
): Promise<string> {
  const called = checkPersonName(name)
  limitsWithin(state, state, limits)
  const answer = demandDone(await deps.vault.people(h1, { kind: 'create_subaccount', limits }))
  const { accountId: id, rows, keys } = answer
  const [signed] = rows
  const [key] = keys ?? []
  if (!id || !signed || !key) throw new Error('vault answers create_subaccount with the account')
  const { keyVersion, publicKey } = await deps.vault.accountKeys(h1)
  const above = beginSession({ accountId, keyVersion, publicKey })
  const own = sessionFor(id, { keyVersion: firstKeyVersion, publicKey: key.publicKey })
  const outcome = await insertSubaccount(deps.sql, deps.ticket, {
    h1,
    signed,
    profileSealed: sealProfile(own, id, { name: called, email: '' }),
    labelSealed: sealText(above, id, { text: called, kind: sealClass.name }),
    keyPublic: Buffer.from(key.publicKey, 'hex'),
    keyWrapped: Buffer.from(key.wrapped, 'hex'),
  })
  if (outcome === 'stored') return id
  if (outcome === 'full') {
    throw new Refusal(
      'limit_reached',
      'This account has as many subaccounts as it may. Ask the operator for more.',
    )
  }
  throw notNow()
}

export async function limitSubaccount(
  deps: PeopleDeps,
  asking: AskingAbove,
  { accountId, limits }: { accountId: string; limits: Partial<AccountLimits> },
): Promise<void> {
  limitsWithin(asking.state, asking.state, limits)
  const request = { kind: 'limit_subaccount', accountId, limits } as const
  await change(deps, asking, { request, accountId, act: 'limits' })
}

/** Nothing of it is sent until it is resumed. */
export async function suspendSubaccount(
  deps: PeopleDeps,
  asking: PersonAsking,
  accountId: string,
): Promise<void> {
  const request = { kind: 'suspend_subaccount', accountId } as const
  await change(deps, asking, { request, accountId, act: 'suspend' })
}

export async function resumeSubaccount(
  deps: PeopleDeps,
  asking: PersonAsking,
  accountId: string,
): Promise<void> {
  const request = { kind: 'resume_subaccount', accountId } as const
  await change(deps, asking, { request, accountId, act: 'resume' })
}

/** Vault then reads what was stored, so that no older state counts again. */
async function change(
  deps: PeopleDeps,
  { h1 }: Pick<PersonAsking, 'h1'>,
  { request, accountId, act }: { request: PersonRequest; accountId: string; act: SubaccountAct },
): Promise<void> {
  await againIfOvertaken(async () => {
    const [signed] = demandDone(await deps.vault.people(h1, request)).rows
    if (!signed) throw new Error('vault answers with the new state')
    if (!(await storeSubaccountState(deps.sql, deps.ticket, { h1, signed, act }))) throw notNow()
  })
  demandDone(await deps.vault.people(h1, { kind: 'confirm_subaccount', accountId }))
}

function notNow(): Refusal {
  return new Refusal(
    'not_permitted',
    'Nothing was changed: this account, or what you may do in it, has just changed. Look again.',
  )
}
