/** What the removal of a member touches, told before it is done. */
import type { MemberImpactRow } from '../../db/schema.ts'
import { sealClass } from '../../lib/seal.ts'
import { recordItem } from '../openings/record-item.ts'
import { findMemberImpact } from './account-queries.ts'
import type { PersonAsking } from './factors.ts'
import { unsealText } from './names.ts'
import type { PeopleDeps } from './store-answer.ts'

export interface MemberImpact extends Pick<MemberImpactRow, 'sessions'> {
  /** Live keys that the member made. They go on working. */
  keys: { id: string; name: string; createdAt: Date; lastUsedAt: Date | null }[]
}

/** Undefined for who is no member. */
export async function readMemberImpact(
  { sql, vault }: Pick<PeopleDeps, 'sql' | 'vault'>,
  { h1, accountId }: PersonAsking,
  memberId: string,
): Promise<MemberImpact | undefined> {
  const found = await findMemberImpact(sql, h1, memberId)
  if (!found) return undefined
  const blobs = found.keys.map(({ nameSealed }) => Buffer.from(nameSealed, 'hex'))
  const opened = blobs.length > 0 ? await vault.openFor(h1, blobs.map(recordItem)) : []
  const keys = found.keys.map(({ id, createdAt, lastUsedAt }, index) => {
    const blob = blobs[index] ?? Buffer.alloc(0)
    const sealed = { owner: accountId, blob, kind: sealClass.name }
    return {
      id,
      name: unsealText(sealed, opened[index] ?? null) ?? '',
      createdAt: new Date(createdAt),
      lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt),
    }
  })
  return { sessions: found.sessions, keys }
}
