/** Ending many ways in at once, of everybody or of one account, with the inventory of them before and after. */
import { DatabaseFailure } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import { tokenProof } from '../../lib/token.ts'
import type { AccountDeps } from '../accounts/create-account.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import { confirmCredential } from '../credentials/confirm-credential.ts'
import {
  type AccessInventory,
  countAccess,
  expireKeys,
  listOutliving,
  type OutlivingKey,
  tellReset,
} from '../operations/mass-queries.ts'
import { beginEpoch } from '../people/epochs.ts'

export interface Inventories {
  before: AccessInventory
  after: AccessInventory
}

/** `accountId` null means everybody. */
export interface Scope {
  accountId: string | null
}

const toldAtOnce = 1_000
const keysAtOnce = 100
const triesMax = 5
/** A change of the same key came first (serialization_failure). */
const overtakenCode = '40001'

/** Ends every session, and with `passwords` every password; API keys go on working. Answers how many are told by mail. */
export async function endSessions(
  deps: AccountDeps,
  operatorToken: string,
  { accountId, passwords }: Scope & { passwords: boolean },
): Promise<Inventories & { told: number }> {
  const { sql } = deps
  const h1 = tokenProof(operatorToken)
  const before = await countAccess(sql, h1, accountId)
  await beginEpoch(deps, operatorToken, { accountId, passwords })
  const told = passwords ? await tellAll(deps, h1, accountId) : 0
  return { before, after: await countAccess(sql, h1, accountId), told }
}

/** Cut off in the middle and called again, it tells the rest and nobody twice. */
async function tellAll(
  { sql }: Pick<AccountDeps, 'sql'>,
  h1: Buffer,
  accountId: string | null,
): Promise<number> {
  let told = 0
  for (;;) {
    const more = await tellReset(sql, h1, { accountId, limit: toldAtOnce })
    told += more
    if (more < toldAtOnce) return told
  }
}

export interface EndedKeys extends Inventories {
  ended: number
  /** Vault refused them: their rows are not its own. They let nobody in. */
  refused: OutlivingKey[]
}

/** Every API key ends at `end` at the latest; what ends earlier already stays as it is. */
export async function endKeys(
  deps: AccountDeps,
  operatorToken: string,
  { accountId, end }: Scope & { end: Date },
): Promise<EndedKeys> {
  const { sql } = deps
  const h1 = tokenProof(operatorToken)
  const before = await countAccess(sql, h1, accountId)
  const refused: OutlivingKey[] = []
  let ended = 0
  let after: OutlivingKey | null = null
  for (;;) {
    const asked = { accountId, moment: end, after, limit: keysAtOnce }
    const batch = await withTries(async () => {
      const keys = await listOutliving(sql, h1, asked)
      return { keys, ...(await endBatch(deps, operatorToken, { keys, end })) }
    })
    ended += batch.signed.length
    refused.push(...batch.refused)
    after = batch.keys.at(-1) ?? null
    if (batch.keys.length < keysAtOnce) break
  }
  return { before, after: await countAccess(sql, h1, accountId), ended, refused }
}

async function endBatch(
  deps: AccountDeps,
  operatorToken: string,
  { keys, end }: { keys: readonly OutlivingKey[]; end: Date },
): Promise<{ signed: SignedRow[]; refused: OutlivingKey[] }> {
  const signed: SignedRow[] = []
  const stored: OutlivingKey[] = []
  const refused: OutlivingKey[] = []
  for (const key of keys) {
    const { accountId, id: credentialId } = key
    const change = { kind: 'expire_credential', accountId, credentialId } as const
    try {
      const answer = await deps.vault.authorise(
        { operatorToken },
        { ...change, expiresAt: end.getTime() },
      )
      signed.push(answer.signed)
      stored.push(key)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'not_permitted') throw error
      refused.push(key)
    }
  }
  if (signed.length > 0) await expireKeys(deps.sql, tokenProof(operatorToken), signed)
  for (const { accountId, id: credentialId } of stored) {
    await confirmCredential(deps, { operatorToken }, { accountId, credentialId })
  }
  return { signed, refused }
}

async function withTries<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const isOvertaken = error instanceof DatabaseFailure && error.code === overtakenCode
      if (!isOvertaken || tries === triesMax) throw error
    }
  }
}
