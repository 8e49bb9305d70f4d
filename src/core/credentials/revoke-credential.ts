/** Ending an API key. Every door sees it within a second, the time for which it believes what it has looked up. */
import { Refusal } from '../../lib/refusal.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import { holdSubmitted, untilSettled } from '../queue/hold-submitted.ts'
import { confirmCredential } from './confirm-credential.ts'
import type { CredentialDeps } from './create-credential.ts'
import { findCredentialDetails, storeCredential } from './queries.ts'

/** Answers the key as it was signed: whoever checks it knows every earlier row for a rolled-back one. */
export async function revokeCredential(
  { sql, vault }: Omit<CredentialDeps, 'clock'>,
  h1: Buffer,
  credentialId: string,
): Promise<SignedRow> {
  const details = await findCredentialDetails(sql, h1, credentialId)
  if (!details) throw notFound()
  const { signed } = await vault.authorise({ h1 }, { kind: 'revoke_credential', credentialId })
  const outcome = await storeCredential(sql, h1, { signed, nameSealed: null })
  if (outcome !== 'stored') throw notFound()
  await confirmCredential({ vault }, { h1 }, { credentialId, accountId: details.accountId })
  return signed
}

/** Ends a key and holds what it has submitted and is not delivered; `held` is how many deliveries wait for a release. */
export async function revokeAndHold(
  deps: Omit<CredentialDeps, 'clock'>,
  h1: Buffer,
  credentialId: string,
): Promise<{ signed: SignedRow; held: number }> {
  const signed = await revokeCredential(deps, h1, credentialId)
  const held = await untilSettled(() => holdSubmitted(deps.sql, h1, credentialId))
  return { signed, held }
}

function notFound(): Refusal {
  return new Refusal('not_found', 'API key not found')
}
