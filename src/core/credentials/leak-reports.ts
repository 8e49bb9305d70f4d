/**
 * Ends keys that a scanner has found in public. Nobody else authorises that: the key itself, which now everybody has, is
 * the proof that it leaked, and vault lets any key end itself. A canary stays, since being found is what it is for.
 */
import type { Sql } from '../../db/sql.ts'
import { readToken, tokenProof } from '../../lib/token.ts'
import type { VaultClient } from '../../vault/client.ts'
import type { AuthorityCheck } from '../authority/authority-check.ts'
import { findSender } from '../messages/accept-queries.ts'
import { confirmCredential } from './confirm-credential.ts'
import { noteCanary, storeLeaked } from './leak-queries.ts'

export interface LeakDeps {
  sql: Sql
  ticket: Buffer
  vault: Pick<VaultClient, 'authorise'>
  /** What this process knows of keys; the other doors ask again within a second. */
  senders: { forget(h1: Buffer): void }
  check: Pick<AuthorityCheck, 'distrust'>
  /** Told of each key that was ended, and of each canary that was found. */
  onLeak: (fields: { accountId: string; credentialId: string }) => void
  onCanary: (fields: { accountId: string; credentialId: string }) => void
}

/** How many are looked up and ended side by side. */
const sideBySide = 4

export class LeakReports {
  private readonly deps: LeakDeps

  constructor(deps: LeakDeps) {
    this.deps = deps
  }

  /** Safe to run twice: what has ended is unknown. Throws what kept it from ending some, after all have been tried. */
  async take(tokens: readonly string[]): Promise<void> {
    const waiting = [...new Set(tokens.flatMap((token) => readToken(token) ?? []))]
    const faults: unknown[] = []
    const work = async () => {
      for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
        await this.end(tokenProof(token)).catch((error) => faults.push(error))
      }
    }
    await Promise.all(Array.from({ length: sideBySide }, work))
    if (faults.length > 0) throw faults[0]
  }

  private async end(h1: Buffer): Promise<void> {
    const { sql, ticket, vault, senders, check, onLeak, onCanary } = this.deps
    const found = await findSender(sql, h1, { door: 'api', clientAddress: null })
    if (!found) return
    const { accountId, credential } = found
    const { id: credentialId, options } = credential.columns
    if (options?.canary) {
      if (await noteCanary(sql, h1, 'api')) onCanary({ accountId, credentialId })
      return
    }
    const { signed } = await vault.authorise({ h1 }, { kind: 'revoke_credential', credentialId })
    const isEnded = await storeLeaked(sql, ticket, { h1, signed })
    senders.forget(h1)
    if (!isEnded) return
    // An earlier row put back is known for one from now on, here and to vault.
    check.distrust(signed, credentialId)
    onLeak({ accountId, credentialId })
    await confirmCredential({ vault }, { h1 }, { credentialId, accountId })
  }
}
