/** A new key in the place of an old one, which goes on for a while: with the same name, permission and restrictions. */
import { Refusal } from '../../lib/refusal.ts'
import { makeToken, storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { NewCredential } from '../../vault/client.ts'
import type { CredentialColumns } from '../authority/signed-row.ts'
import { confirmCredential } from './confirm-credential.ts'
import { type CredentialDeps, limitReached } from './create-credential.ts'
import { findCredentialDetails, rollCredential } from './queries.ts'
import { keptSignatureKey } from './signature-key.ts'

export const overlapSecondsMax = 30 * 24 * 3600
export const overlapSecondsDefault = 24 * 3600

export interface RolledKey {
  id: string
  token: string
  /** When the old key ends. */
  predecessorExpiresAt: Date
}

export interface Rolling {
  credentialId: string
  overlapSeconds: number
  /** Another public key for the successor, PEM or JWK; else it has that of the old key, if there is one. */
  signatureKey?: string
}

export async function rollApiKey(
  { sql, vault, clock }: CredentialDeps,
  h1: Buffer,
  { credentialId, overlapSeconds, signatureKey }: Rolling,
): Promise<RolledKey> {
  const details = await findCredentialDetails(sql, h1, credentialId)
  if (!details || !isRunning(details.credential.columns, clock.now())) {
    throw new Refusal('not_found', 'API key not found')
  }
  const { columns } = details.credential
  const { token, credential } = successorOf(withSignatureKey(columns, signatureKey), clock.now())
  const made = await vault.authorise({ h1 }, { kind: 'create_credential', credential })
  const expiresAt = clock.now() + overlapSeconds * 1000
  const ending = await vault.authorise(
    { h1 },
    { kind: 'expire_credential', credentialId, expiresAt },
  )
  const rows = { successor: made.signed, predecessor: ending.signed }
  const outcome = await rollCredential(sql, h1, rows)
  if (outcome === 'limit_reached') throw limitReached()
  if (outcome !== 'stored')
    throw new Refusal('not_permitted', 'This API key may not roll keys; use one with full access.')
  await confirmCredential({ vault }, { h1 }, { credentialId, accountId: details.accountId })
  return { id: credential.id, token, predecessorExpiresAt: new Date(endOf(ending.signed.columns)) }
}

/** Everything of the old key but its id and its secret. */
export function successorOf(
  { permission, domainId, expiresAt, options }: CredentialColumns,
  nowMs: number,
): { token: string; credential: NewCredential } {
  const token = makeToken('live')
  const h2 = storedHash(tokenProof(token)).toString('hex')
  const id = uuidv7(nowMs)
  return {
    token,
    credential: { id, h2, permission, domainId, expiresAt, ...(options && { options }) },
  }
}

export function withSignatureKey(
  columns: CredentialColumns,
  signatureKey: string | undefined,
): CredentialColumns {
  if (signatureKey === undefined) return columns
  return {
    ...columns,
    options: { ...columns.options, signatureKey: keptSignatureKey(signatureKey) },
  }
}

function isRunning({ expiresAt, revokedAt }: CredentialColumns, nowMs: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > nowMs)
}

export function endOf(columns: object): number {
  const { expiresAt } = columns as CredentialColumns // vault has just signed it as that
  if (expiresAt === null) throw new Error('an expiry that was asked for is not there')
  return expiresAt
}
