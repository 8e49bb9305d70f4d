/** Ending an API key. Every door sees it within a second, the time for which it believes what it has looked up. */
import { Refusal } from '../../lib/refusal.ts'
import { holdSubmitted, untilSettled } from '../queue/hold-submitted.ts'
import { confirmCredential } from './confirm-credential.ts'
import type { CredentialDeps } from './create-credential.ts'
import { findCredentialDetails, storeCredential } from './queries.ts'

export async function revokeCredential(
  { sql, vault }: Omit<CredentialDeps, 'clock'>,
  h1: Buffer,
  credentialId: string,
): Promise<void> {
  if (!(await findCredentialDetails(sql, h1, credentialId))) throw notFound()
  const { signed } = await vault.authorise({ h1 }, { kind: 'revoke_credential', credentialId })
  const outcome = await storeCredential(sql, h1, { signed, nameSealed: null })
  if (outcome !== 'stored') throw notFound()
  await confirmCredential({ vault }, { h1 }, { credentialId })
}

/** Ends a key and holds what it has submitted and is not delivered; answers how many deliveries wait for a release. */
export async function revokeAndHold(
  deps: Omit<CredentialDeps, 'clock'>,
  h1: Buffer,
  credentialId: string,
): Promise<number> {
  await revokeCredential(deps, h1, credentialId)
  return untilSettled(() => holdSubmitted(deps.sql, h1, credentialId))
}

function notFound(): Refusal {
  return new Refusal('not_found', 'API key not found')
}
