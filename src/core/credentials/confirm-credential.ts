/** Lets vault remember a key's new state, so that an older row put back into the database is seen as such. */
import { Refusal } from '../../lib/refusal.ts'
import type { Prover, VaultClient } from '../../vault/client.ts'

/** The change stands already: what keeps vault from remembering it now must not turn a success into a failure. */
export async function confirmCredential(
  { vault }: { vault: Pick<VaultClient, 'authorise'> },
  prover: Prover,
  { credentialId, accountId }: { credentialId: string; accountId?: string },
): Promise<void> {
  const named = accountId === undefined ? {} : { accountId }
  const change = { kind: 'confirm', of: 'credential', objectId: credentialId, ...named } as const
  try {
    await vault.authorise(prover, change)
  } catch (error) {
    // A key that has just ended itself proves nothing any more.
    const passes = error instanceof Refusal && ['unavailable', 'invalid_key'].includes(error.code)
    if (!passes) throw error
  }
}
