/** Ending an API key. Every door sees it within a second, the time for which it believes what it has looked up. */
import { Refusal } from '../../lib/refusal.ts'
import type { CredentialDeps } from './create-credential.ts'
import { findCredential, storeCredential } from './queries.ts'

export async function revokeCredential(
  { sql, vault }: Omit<CredentialDeps, 'clock'>,
  h1: Buffer,
  credentialId: string,
): Promise<void> {
  if (!(await findCredential(sql, h1, credentialId))) throw notFound()
  const { signed } = await vault.authorise({ h1 }, { kind: 'revoke_credential', credentialId })
  const outcome = await storeCredential(sql, h1, { signed, nameSealed: null })
  if (outcome !== 'stored') throw notFound()
}

function notFound(): Refusal {
  return new Refusal('not_found', 'API key not found')
}
