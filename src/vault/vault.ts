/** Vault sealed or open: until it has its root key it answers only `status` and `unseal`. */
import { Refusal } from '../lib/refusal.ts'
import { StartRefused } from '../process/run.ts'
import { LedgerRewound } from './checkpoints.ts'
import { KeyMismatch } from './key-store.ts'
import { jsonBody, type Operation } from './protocol.ts'
import { type Caller, parseJson } from './server.ts'
import { type UnsealDeps, UnsealedVault } from './unsealed.ts'

export interface VaultDeps extends UnsealDeps {
  /** The authority's public key as the installation knows it; null before its very first start. */
  expected: Buffer | null
  onUnsealed: (authorityPublicKey: string) => void
}

export class Vault {
  private readonly deps: VaultDeps
  private opening: Promise<UnsealedVault> | undefined
  private opened: UnsealedVault | undefined

  constructor(deps: VaultDeps) {
    this.deps = deps
  }

  get isSealed(): boolean {
    return this.opened === undefined
  }

  /** Answers the authority's public key; throws KeyMismatch when the key is of another installation. Both base64url. */
  async open(rootKey: string): Promise<string> {
    const root = Buffer.from(rootKey, 'base64url')
    // Two at once must not both make the authority key.
    this.opening ??= UnsealedVault.begin(this.deps, root, this.deps.expected)
    try {
      this.opened = await this.opening
      return this.opened.publicKey.toString('base64url')
    } finally {
      if (!this.opened) this.opening = undefined
    }
  }

  async answer(caller: Caller, operation: Operation, body: Buffer): Promise<Buffer> {
    if (operation === 'status') return jsonBody({ sealed: this.isSealed })
    if (operation === 'unseal') return this.unseal(body)
    if (!this.opened) {
      throw new Refusal('unavailable', 'Vault is sealed; the operator has to unseal it.')
    }
    return this.opened.answer(caller, operation, body)
  }

  async stop(): Promise<void> {
    await this.opened?.stop()
  }

  private async unseal(body: Buffer): Promise<Buffer> {
    const { rootKey } = parseJson(body) as { rootKey?: unknown } // checked in the next line
    if (typeof rootKey !== 'string') throw new RangeError('unseal takes a root key')
    if (this.isSealed) this.deps.onUnsealed(await this.open(rootKey).catch(refuseKey))
    return jsonBody({})
  }
}

function refuseKey(error: unknown): never {
  if (error instanceof KeyMismatch) {
    throw new Refusal(
      'invalid_input',
      'The key does not open this installation; give the root key it was made with.',
      { cause: error },
    )
  }
  if (error instanceof LedgerRewound) {
    throw new Refusal('not_permitted', rewoundAdvice(error), { cause: error })
  }
  throw error
}

/** What the operator can put right, said so that they know how. */
export function refuseStart(error: unknown): never {
  if (error instanceof KeyMismatch) {
    throw new StartRefused(
      `${error.message}; put back the root key of this installation, or the database that belongs to it`,
      { cause: error },
    )
  }
  if (error instanceof LedgerRewound) {
    throw new StartRefused(rewoundAdvice(error), { cause: error })
  }
  throw error
}

function rewoundAdvice({ message }: LedgerRewound): string {
  return `${message}. If you have put back a backup of the database, move the folder \`vault\` out of POSTERN_HOME, put its file \`destroyed-accounts\` back into an empty one, and start again; if nobody has, keep everything as it is: somebody has put the database back to an earlier day`
}
