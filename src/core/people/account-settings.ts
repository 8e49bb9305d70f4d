/** What an account is called, and what it demands of who comes in. */
import { contains, formatCidr, parseCidr } from '../../lib/cidr.ts'
import { Refusal } from '../../lib/refusal.ts'
import { beginSession, sealClass } from '../../lib/seal.ts'
import type { AccountOptions, Door } from '../authority/signed-row.ts'
import { isAllowedFrom } from '../credentials/restrictions.ts'
import { type AccountProfileRow, findAccountProfile, renameAccount } from './account-queries.ts'
import type { PersonAsking } from './factors.ts'
import { setPolicy } from './members.ts'
import { checkPersonName, openTexts, readProfile, sealProfile } from './names.ts'
import type { PeopleDeps } from './store-answer.ts'

export const doors: readonly Door[] = ['console', 'api', 'smtp']
/** What pages call the doors. */
export const doorWords: Record<Door, string> = {
  console: 'dashboard',
  api: 'API',
  smtp: 'SMTP',
}
export const networksMax = 200

export interface AccountSettings {
  id: string
  name: string
  createdAt: Date
  state: AccountProfileRow['state']['columns']
}

export async function readAccount(
  { sql, vault }: Pick<PeopleDeps, 'sql' | 'vault'>,
  { h1 }: Pick<PersonAsking, 'h1'>,
): Promise<AccountSettings> {
  const { row, profile } = await presentProfile({ sql, vault }, h1)
  const { accountId: id, createdAt, state } = row
  return { id, name: profile.name, createdAt, state: state.columns }
}

export async function nameAccount(
  { sql, vault }: Pick<PeopleDeps, 'sql' | 'vault'>,
  { h1, accountId }: Pick<PersonAsking, 'h1' | 'accountId'>,
  name: string,
): Promise<void> {
  const called = checkPersonName(name)
  const { profile } = await presentProfile({ sql, vault }, h1)
  const { keyVersion, publicKey } = await vault.accountKeys(h1)
  const session = beginSession({ accountId, keyVersion, publicKey })
  const sealed = sealProfile(session, accountId, { ...profile, name: called })
  if (await renameAccount(sql, h1, sealed)) return
  throw new Refusal('not_permitted', 'Naming the account needs `account:write`.', {
    field: 'account:write',
  })
}

async function presentProfile({ sql, vault }: Pick<PeopleDeps, 'sql' | 'vault'>, h1: Buffer) {
  const row = await findAccountProfile(sql, h1)
  if (!row) throw new Refusal('not_found', 'There is no such account.')
  const { accountId: owner, profileSealed: blob } = row
  const [text = null] = await openTexts(vault, h1, [{ owner, blob, kind: sealClass.profile }])
  return { row, profile: readProfile(text) ?? { name: '', email: '' } }
}

export interface WantedPolicy {
  requiresFactor: boolean
  networks: Record<Door, readonly string[]>
  /** Null: keys that nobody uses go on. */
  idleKeyDays: number | null
}

/**
 * All owners are told. A list for the dashboard without the asking address would shut out who makes it, so that is
 * refused unless they say that they mean it.
 */
export async function changePolicy(
  deps: PeopleDeps,
  asking: PersonAsking,
  { policy, address, confirm }: { policy: WantedPolicy; address: string; confirm: boolean },
): Promise<void> {
  const lists = doors.map((door) => [door, checkNetworks(door, policy.networks[door])] as const)
  const networks: AccountOptions['networks'] = Object.fromEntries(
    lists.filter(([, list]) => list.length > 0),
  )
  if (!confirm && !isAllowedFrom(networks?.console, address)) refuseOwnLockOut(address)
  await setPolicy(deps, asking, {
    networks,
    ...(policy.requiresFactor ? { requiresFactor: true } : {}),
    ...(policy.idleKeyDays === null ? {} : { idleKeyDays: policy.idleKeyDays }),
  })
}

function refuseOwnLockOut(address: string): never {
  throw new Refusal(
    'invalid_input',
    `Your own address ${address} is in none of these networks: you would be signed out at once. Add it, or send \`confirm\` as true.`,
    { field: 'networks.console' },
  )
}

/** Every line that is wrong is named, with what would be right where that is known. */
function checkNetworks(door: Door, texts: readonly string[]): string[] {
  const field = `networks.${door}`
  if (texts.length > networksMax) {
    throw new Refusal('invalid_input', `At most ${networksMax} networks go into a list.`, { field })
  }
  const faults: string[] = []
  const found = texts.map((text, index) => {
    const cidr = parseCidr(text.trim())
    if (!cidr) faults.push(`Line ${index + 1}: ${faultOf(text.trim())}`)
    return cidr ? formatCidr(cidr) : ''
  })
  if (faults.length === 0) return [...new Set(found)]
  throw new Refusal('invalid_input', faults.join(' '), { field })
}

/** A network with bits beyond its prefix gets the two that may have been meant. */
function faultOf(text: string): string {
  const [address = '', prefix] = text.split('/')
  const whole = parseCidr(address)
  if (!whole || prefix === undefined || !/^\d{1,3}$/.test(prefix)) {
    return `\`${text}\` is no address or network; write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.`
  }
  const around = networkAround(address, Number(prefix))
  if (around === undefined) return `the prefix of \`${text}\` is too long.`
  return `\`${text}\` has bits beyond its prefix; write \`${around}\` for the network or \`${address}\` for the address.`
}

function networkAround(address: string, prefix: number): string | undefined {
  const single = parseCidr(address)
  if (!single || prefix > single.network.length * 8) return undefined
  const network = Buffer.from(single.network)
  for (const [index, byte] of single.network.entries()) {
    const kept = Math.max(0, Math.min(8, prefix - index * 8))
    network[index] = byte & (0xff << (8 - kept))
  }
  const cidr = { network, prefix }
  return contains(cidr, address) ? formatCidr(cidr) : undefined
}
