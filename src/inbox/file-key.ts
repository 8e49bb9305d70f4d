import { Refusal } from '../lib/refusal.ts'
import type { VaultClient } from '../vault/client.ts'

/**
 * The key of the inbox's files, as soon as vault is unsealed; null when the process is told to stop
 * before.
 */
export async function waitForFileKey(
  vault: Pick<VaultClient, 'keys'>,
  isStopping: () => boolean,
): Promise<Buffer | null> {
  try {
    const { fileKey } = await vault.keys()
    if (!fileKey) throw new Error('vault gives the inbox no file key')
    return fileKey
  } catch (error) {
    if (isStopping() && error instanceof Refusal && error.code === 'unavailable') return null
    throw error
  }
}
