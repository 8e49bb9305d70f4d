/** The addresses an account sends nothing to: found by a keyed hash, read only with a key that vault gives. */
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { readNamed, sealClass, sealNamed, secretKey, unseal } from '../../lib/seal.ts'
import { isUuid, uuidv7 } from '../../lib/uuid.ts'
import { explainMailbox, parseMailbox } from '../../mail/address.ts'
import type { VaultClient } from '../../vault/client.ts'
import { recipientIndex } from '../messages/accept-message.ts'
import type { Asker, Senders } from '../messages/sender.ts'
import { recordItem } from '../openings/record-item.ts'
import {
  addSuppressions,
  findSuppression,
  listSuppressions,
  removeSuppressions,
  type SealedSuppression,
  type SuppressionReason,
} from './queries.ts'

export interface Suppression
  extends Omit<SealedSuppression, 'accountId' | 'addressSealed' | 'recipientIndex'> {
  /** Empty when it was not kept, or vault does not open it for this key, or it is not the one that is suppressed. */
  address: string
}

export interface SuppressionDeps {
  sql: Sql
  vault: Pick<VaultClient, 'openFor'>
  senders: Pick<Senders, 'keys' | 'session'>
  clock: Clock
}

export async function readSuppressions(
  deps: Pick<SuppressionDeps, 'sql' | 'vault' | 'senders'>,
  sender: Asker,
  page: {
    reason: SuppressionReason | null
    after: string | null
    before: string | null
    rowLimit: number
  },
): Promise<Suppression[]> {
  return open(deps, sender, await listSuppressions(deps.sql, sender.h1, page))
}

/** By its id or its address. */
export async function readSuppression(
  deps: SuppressionDeps,
  sender: Asker,
  idOrAddress: string,
): Promise<Suppression | undefined> {
  const { id, index } = await nameOf(deps, sender, idOrAddress)
  const found = await findSuppression(deps.sql, sender.h1, { id, index })
  const [opened] = found ? await open(deps, sender, [found]) : []
  return opened
}

/** Ids in the order of the addresses; adding again what is there changes nothing. */
export async function suppress(
  { sql, senders, clock }: SuppressionDeps,
  sender: Asker,
  addresses: readonly string[],
): Promise<string[]> {
  const checked = addresses.map(checkAddress)
  const [{ indexKey }, session] = await Promise.all([senders.keys(sender), senders.session(sender)])
  const rows = checked.map((address) => {
    const id = uuidv7(clock.now())
    const name = { recordId: id, class: sealClass.address }
    const addressSealed = sealNamed(session, name, Buffer.from(address))
    return { id, index: recipientIndex(indexKey, address), addressSealed }
  })
  const ids = await addSuppressions(sql, sender.h1, rows)
  if (ids.length === rows.length) return ids
  throw new Refusal(
    'not_permitted',
    'This API key may not change suppressions; use one with full access.',
  )
}

/** What is named by ids or addresses is sent to again, from the next message on; answers the ids of what was there. */
export async function unsuppress(
  deps: SuppressionDeps,
  sender: Asker,
  idsOrAddresses: readonly string[],
): Promise<string[]> {
  const names = await Promise.all(idsOrAddresses.map((one) => nameOf(deps, sender, one)))
  const ids = names.flatMap(({ id }) => id ?? [])
  const indexes = names.flatMap(({ index }) => index ?? [])
  return removeSuppressions(deps.sql, sender.h1, { ids, indexes })
}

async function nameOf(
  { senders }: Pick<SuppressionDeps, 'senders'>,
  sender: Asker,
  idOrAddress: string,
): Promise<{ id: string | null; index: Buffer | null }> {
  if (isUuid(idOrAddress)) return { id: idOrAddress.toLowerCase(), index: null }
  const { indexKey } = await senders.keys(sender)
  return { id: null, index: recipientIndex(indexKey, checkAddress(idOrAddress, null)) }
}

/** The address alone, without a name. */
function checkAddress(text: string, place: number | null): string {
  const mailbox = parseMailbox(text)
  if (mailbox && mailbox.name === '') return mailbox.address
  const where = place === null ? 'The address' : `Address ${place + 1}`
  const why = mailbox ? 'It has a name; give the address alone.' : explainMailbox(text)
  throw new Refusal('invalid_input', `${where} cannot be used. ${why}`)
}

async function open(
  { vault, senders }: Pick<SuppressionDeps, 'vault' | 'senders'>,
  sender: Asker,
  rows: SealedSuppression[],
): Promise<Suppression[]> {
  const sealed = rows.flatMap(({ addressSealed }) => addressSealed ?? [])
  const keys = sealed.length > 0 ? await vault.openFor(sender.h1, sealed.map(recordItem)) : []
  const keyOf = new Map(sealed.map((blob, index) => [blob, keys[index]]))
  const { indexKey } = await senders.keys(sender)
  return rows.map(({ accountId, addressSealed, recipientIndex: suppressed, ...row }) => {
    const key = addressSealed && keyOf.get(addressSealed)
    const address = key ? openAddress(addressSealed, accountId, key) : ''
    // What a link brought was in its reader's hands.
    const isWhose = address !== '' && recipientIndex(indexKey, address).equals(suppressed)
    return { ...row, address: isWhose ? address : '' }
  })
}

/** Empty when the bytes are not as they were sealed. */
function openAddress(blob: Buffer, accountId: string, key: Buffer): string {
  const { recordId, sealed } = readNamed(blob)
  const name = { accountId, recordId, class: sealClass.address }
  try {
    return unseal(secretKey(key), name, sealed).toString('utf8')
  } catch {
    return ''
  }
}
