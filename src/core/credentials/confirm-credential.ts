/** Lets vault remember a key's new state, so that an older row put back into the database is seen as such. */
import { Refusal } from '../../lib/refusal.ts'
import type { Prover, VaultClient } from '../../vault/client.ts'

/** The change stands already: what keeps vault from remembering it now must not turn a success into a failure. */
export async function confirmCredential(
  { vault }: { vault: Pick<VaultClient, 'authorise'> },
  prover: Prover,
  { credentialId, accountId }: { credentialId: string; accountId: string },
): Promise<void> {
  const change = { kind: 'confirm', of: 'credential', objectId: credentialId, accountId } as const
  try {
    await vault.authorise(prover, change)
  } catch (error) {
    // Somebody else may have ended the asking key in between.
    const passes = error instanceof Refusal && ['unavailable', 'invalid_key'].includes(error.code)
    if (!passes) throw error
  }
}
