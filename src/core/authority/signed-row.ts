/**
 * Rows that carry authority (who may send, with which key, from which domain) are signed by vault and checked by whoever
 * acts on them, so that writing into the database grants nothing.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'

export type AuthorityKind = 'account_state' | 'credential' | 'domain_state' | 'link'

export interface AccountStateColumns {
  accountId: string
  state: 'active' | 'blocked'
  reason: string | null
  requestsPerSecond: number
  dailyQuota: number | null
  domainsMax: number
  keysMax: number
}

export interface CredentialColumns {
  accountId: string
  id: string
  /** h2 as hex. */
  h2: string
  permission: 'full_access' | 'sending_access'
  domainId: string | null
  createdAt: number
  expiresAt: number | null
  revokedAt: number | null
  /** Absent when the key is restricted in no further way. */
  options?: CredentialOptions
}

/** What a key may be restricted to beyond its permission; what is absent restricts nothing. */
export interface CredentialOptions {
  /** Networks from which it may be used, as `203.0.113.0/24`. */
  sourceCidrs?: string[]
  /** Recipients an hour. */
  hourlyMax?: number
  /** What it submits waits for a release. */
  holds?: true
  /** Content is forgotten once its deliveries have ended. */
  keepsContent?: false
}

export interface DomainStateColumns {
  accountId: string
  domainId: string
  name: string
  status: DomainStatus
  returnPathReady: boolean
  activeSelector: string
  standbySelector: string
  /** Absent when everything is as usual. */
  options?: DomainOptions
}

export type DomainStatus =
  | 'not_started'
  | 'pending'
  | 'verified'
  | 'failed'
  | 'partially_verified'
  | 'partially_failed'
  | 'deleted'

export interface DomainOptions {
  /** The label under which bounces return; absent: `send`. */
  returnPath?: string
  /** Whose key signs beside the RSA one (RFC 8463). */
  ed25519Selector?: string
}

/** Opens one message or attachment for whoever shows its secret; a link has one version only. */
export interface LinkColumns {
  accountId: string
  id: string
  /** h2 as hex, as a credential's. */
  h2: string
  /** Whose key it opens: the message's also where the attachment stands within the message. */
  target: 'message' | 'attachment'
  messageId: string
  /** The one thing to be shown; null: the message itself. */
  attachmentId: string | null
  credentialId: string
  createdAt: number
  expiresAt: number
}

interface ColumnsOf {
  account_state: AccountStateColumns
  credential: CredentialColumns
  domain_state: DomainStateColumns
  link: LinkColumns
}

/** As the database's `private.*_row` functions answer it; signatures are hex. */
export interface SignedRow<Kind extends AuthorityKind = AuthorityKind> {
  kind: Kind
  columns: ColumnsOf[Kind]
  version: number
  /** The signature of the version before, null for the first. */
  previous: string | null
  signature: string
  /** The newest version on record; a row older than that was put back. */
  knownVersion?: number
}

/** DER before the 32 raw bytes of an Ed25519 public key (RFC 8410 §4). */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex')

export function ed25519PublicKey(raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([ed25519Prefix, raw]), format: 'der', type: 'spki' })
}

/** The bytes a signature covers: kind, version, previous signature and all columns, keys in alphabetical order. */
export function signedBytes(
  row: Pick<SignedRow, 'kind' | 'columns' | 'version' | 'previous'>,
): Buffer {
  const signed = [row.kind, row.version, row.previous, inOrder(row.columns)]
  return Buffer.from(`postern authority 1\n${JSON.stringify(signed)}`)
}

/** jsonb keeps no order of keys. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inOrder(inner)]),
  )
}

/** Why a signed row is not to be believed. */
export type Distrust = 'forged' | 'rolled_back' | 'misplaced'

/** Versions that outlive the process; a first version need not be kept, since nothing came before it. */
export interface VersionMemory {
  newest(name: string): number
  keep(name: string, version: number): void
}

/**
 * Checks signed rows and remembers the newest version seen of each, so that an older one, however well signed, is told
 * from the present. What was verified is remembered byte for byte: a check costs about 0.1 ms, a comparison nothing.
 */
export class AuthorityCheck {
  private readonly publicKey: KeyObject
  private readonly seen = new Map<string, { version: number; signature: string; bytes: Buffer }>()
  private readonly rowsMax: number
  private readonly memory: VersionMemory | undefined

  constructor(
    publicKey: Buffer,
    { rowsMax = 100_000, memory }: { rowsMax?: number; memory?: VersionMemory } = {},
  ) {
    this.publicKey = ed25519PublicKey(publicKey)
    this.rowsMax = rowsMax
    this.memory = memory
  }

  /** Undefined when the row stands; `object` is the id it was asked for. */
  distrust(row: SignedRow, object: string): Distrust | undefined {
    if (objectId(row) !== object) return 'misplaced'
    const name = `${row.kind}/${object}`
    const known = this.seen.get(name)
    const { version, signature } = row
    const bytes = signedBytes(row)
    const isKnown = known?.signature === signature && known.bytes.equals(bytes)
    if (!isKnown && !verify(null, bytes, this.publicKey, Buffer.from(signature, 'hex'))) {
      return 'forged'
    }
    const newest = Math.max(known?.version ?? 0, row.knownVersion ?? 0)
    if (version < newest) return 'rolled_back'
    if (isKnown) return undefined
    if (version < (this.memory?.newest(name) ?? 0)) return 'rolled_back'
    if (version > 1) this.memory?.keep(name, version)
    this.remember(name, { version, signature, bytes })
    return undefined
  }

  private remember(name: string, row: { version: number; signature: string; bytes: Buffer }): void {
    if (this.seen.size >= this.rowsMax) this.forgetOldest()
    this.seen.delete(name)
    this.seen.set(name, row)
  }

  private forgetOldest(): void {
    for (const name of this.seen.keys()) {
      this.seen.delete(name)
      return
    }
  }
}

export function objectId(row: SignedRow): string {
  if (row.kind === 'account_state') return row.columns.accountId
  return 'domainId' in row.columns && row.kind === 'domain_state'
    ? (row.columns as DomainStateColumns).domainId // the kind says which columns these are
    : (row.columns as CredentialColumns).id
}
