/** The audit log as a person reads it: with the names they may know. */
import { sealClass } from '../../lib/seal.ts'
import { recordItem } from '../openings/record-item.ts'
import type { Client } from '../requests/client.ts'
import { listEntered } from '../subaccounts/queries.ts'
import { type AuditLine, listAudit, listOutsiders, type OutsiderRow } from './audit-queries.ts'
import type { PersonAsking } from './factors.ts'
import { readMembers } from './members.ts'
import { openTexts, readProfile, unsealText } from './names.ts'
import type { PeopleDeps } from './store-answer.ts'

export interface NamedLine extends AuditLine {
  /** Of a present member or who has entered from above; null for who has left, and for who may not see members. */
  actorName: string | null
}

type Wanted = Parameters<typeof listAudit>[2]

export async function readAudit(
  deps: PeopleDeps,
  asking: PersonAsking & { seesMembers: boolean },
  wanted: Wanted,
): Promise<NamedLine[]> {
  const lines = await listAudit(deps.sql, asking.h1, wanted)
  const names = await namesOf(
    deps,
    asking,
    lines.map(({ actorUser }) => actorUser),
  )
  return lines.map((line) => ({ ...line, actorName: names.get(line.actorUser ?? '') ?? null }))
}

/** Names are opened, which is a line of the ledger, only where somebody is to be named. */
async function namesOf(
  deps: PeopleDeps,
  asking: PersonAsking & { seesMembers: boolean },
  users: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  if (!asking.seesMembers || users.every((id) => id === null)) return new Map()
  const members = await readMembers(deps, asking)
  const known = new Map(members.map(({ userId, name }) => [userId, name]))
  const others = users.some((id) => id !== null && !known.has(id))
  return others ? new Map([...(await namesFromAbove(deps, asking)), ...known]) : known
}

/** Of who has entered the account from the one above. */
async function namesFromAbove(
  { sql, vault }: PeopleDeps,
  { h1 }: PersonAsking,
): Promise<[string, string][]> {
  const rows = await listEntered(sql, h1)
  const texts = await openTexts(
    vault,
    h1,
    rows.map(({ userId: owner, profileSealed: blob }) => ({
      owner,
      blob,
      kind: sealClass.profile,
    })),
  )
  return rows.flatMap(({ userId }, index) => {
    const name = readProfile(texts[index] ?? null)?.name
    return name === undefined ? [] : [[userId, name] as [string, string]]
  })
}

export interface Outsider extends Omit<OutsiderRow, 'clientSealed'> {
  client: Client | null
  name: string | null
}

/** Who was refused for where they came from. */
export async function readOutsiders(
  deps: PeopleDeps,
  asking: PersonAsking & { seesMembers: boolean },
  wanted: { before: string | null; rowLimit: number },
): Promise<Outsider[]> {
  const { h1, accountId: owner } = asking
  const rows = await listOutsiders(deps.sql, h1, wanted)
  const items = rows.map(({ clientSealed }) => recordItem(clientSealed))
  const keys = items.length > 0 ? await deps.vault.openFor(h1, items) : []
  const names = await namesOf(
    deps,
    asking,
    rows.map(({ userId }) => userId),
  )
  return rows.map(({ clientSealed: blob, ...row }, index) => {
    const text = unsealText({ owner, blob, kind: sealClass.client }, keys[index] ?? null)
    const client = text === null ? null : (JSON.parse(text) as Client) // packClient wrote it, the seal proves it
    return { ...row, client, name: names.get(row.userId ?? '') ?? null }
  })
}
