/**
 * Rows that carry authority (who may send, with which key, from which domain) are signed by vault and checked by whoever
 * acts on them, so that writing into the database grants nothing.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'

import type { Role, Scope } from '../access/scopes.ts'

export type AuthorityKind =
  | 'account_state'
  | 'credential'
  | 'domain_state'
  | 'link'
  | 'user'
  | 'factor'
  | 'member'
  | 'one_time_link'
  | 'epoch'
  | 'erasure'

/**
 * Nothing is sent unless it is active: stopped by the operator, by the account above it, or by its owner on the way out.
 * `closed`: its keys are destroyed, and its rows go.
 */
export type AccountState = 'active' | 'blocked' | 'suspended' | 'closing' | 'closed'

/** What an account may use; a quota of null is none. */
export interface AccountLimits {
  requestsPerSecond: number
  dailyQuota: number | null
  domainsMax: number
  keysMax: number
}

export interface AccountStateColumns extends AccountLimits {
  accountId: string
  state: AccountState
  reason: string | null
  /** Absent when the account demands nothing further of who comes in. */
  options?: AccountOptions
}

/** The doors that an account may open to some networks only. */
export type Door = 'console' | 'api' | 'smtp'

/** What an account demands of who comes in; its owners and admins say it. */
export interface AccountPolicy {
  /** Networks, as `203.0.113.0/24`, by door; a door without any is open to all. */
  networks?: Partial<Record<Door, string[]>>
  /** Every member needs a second factor, not owners only. */
  requiresFactor?: true
  /** A key that nobody has used for so many days ends; absent: none does. */
  idleKeyDays?: number
  /** What it keeps for less long than the installation does. */
  retention?: RetentionDays
  /** While it is closing: when its keys are destroyed, and the state that it has again if it is kept. */
  closesAt?: number
  reopensAs?: 'active' | 'blocked' | 'suspended'
}

/** For how many days; a class that is absent is kept for as long as the installation keeps it. */
export interface RetentionDays {
  /** Bodies and attachments. */
  content?: number
  /** Messages with their deliveries, attempts and events. */
  messages?: number
  /** The log of requests. */
  logs?: number
}

export interface AccountOptions extends AccountPolicy {
  /** The account above, of a subaccount: signed when it is made, and never changed. */
  parentId?: string
  /** How many subaccounts it may have; absent: the default. The operator's to say. */
  subaccountsMax?: number
  /** Was suspended when the operator blocked it, and is again once that is lifted. */
  suspended?: true
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
  /** What of its permission it may use; absent: all. */
  scopes?: Scope[]
  /** The streams it may submit to; absent: all. */
  streams?: ('urgent' | 'transactional' | 'bulk')[]
  /** Its requests must be signed: the public key for that, SPKI in base64url. Then it works over HTTP only. */
  signatureKey?: string
  /** The domains it may send from, where they are several; `domainId` is the first of them. */
  domainIds?: string[]
  /** A decoy: it does nothing, and its use is an alarm. */
  canary?: true
  /** Of the session of a person, which is no API key. */
  session?: SessionOptions
}

export interface SessionOptions {
  userId: string
  /** The browser's P-256 public key, as an uncompressed point in base64url: every request is signed with it. */
  browserKey: string
  /** When a factor was last shown. */
  steppedUpAt: number
  /** The person has to add a second factor before they may do anything else. */
  enrolling?: true
  /** The account above, whose owner or admin has entered this one: no member of it. */
  via?: string
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
  /** When the active and the standby key last changed places, in milliseconds. */
  rotatedAt?: number
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

/** Rows of a person stand under the person's id as those of an account under the account's. */
export interface UserColumns {
  accountId: string
  id: string
  /** Keyed hash of the address, hex. */
  emailIndex: string
  /** Sessions from before have ended. */
  notBefore: number
  /** Live factors; one that the database does not show was taken away by somebody else. */
  factorIds: string[]
  /** Null for who signs in by passkey alone or by single sign-on. Hash (argon2id, then HMAC under vault's pepper) and salt are hex. */
  password: { hash: string; salt: string; setAt: number } | null
  createdAt: number
  /** By which single sign-on knows them; absent when it does not. */
  identities?: Identity[]
  /** From when the second factors no longer count, as the operator has asked; absent when nobody has. */
  factorsResetAt?: number
}

/** Who a person is to a provider of single sign-on. */
export interface Identity {
  id: string
  /** SHA-256 of the issuer, hex. */
  issuer: string
  /** Keyed hash of issuer and subject, hex. */
  subject: string
  linkedAt: number
}

export type FactorType = 'totp' | 'passkey' | 'recovery'

export interface FactorColumns {
  accountId: string
  id: string
  type: FactorType
  /** totp: the shared secret under a key that only vault has, hex. */
  secret?: string
  /** passkey: SHA-256 of the credential id (hex), public key (SPKI, base64url) and COSE algorithm. */
  credentialId?: string
  credentialHash?: string
  publicKey?: string
  algorithm?: -7 | -8 | -257
  /** recovery: hashes of the codes not used yet, hex. */
  codes?: string[]
  createdAt: number
  revokedAt: number | null
}

export interface MemberColumns {
  accountId: string
  id: string
  userId: string
  role: Role
  /** Of the role `custom` only. */
  scopes: Scope[] | null
  createdAt: number
  /** Sessions in the account from before have ended: they hold what was allowed then. */
  changedAt: number
  removedAt: number | null
}

export type LinkPurpose =
  | 'first_owner'
  | 'invitation'
  | 'sign_up'
  | 'reset_password'
  | 'change_address'

/** What a mail or the first screen carries: works once. Under the account it is about, or the person. */
export interface OneTimeLinkColumns {
  accountId: string
  id: string
  h2: string
  purpose: LinkPurpose
  userId: string | null
  role: Role | null
  scopes: Scope[] | null
  /** Whom it was sent to; null where whoever holds it may use it. */
  emailIndex: string | null
  createdAt: number
  expiresAt: number
  endedAt: number | null
}

/** What is older counts no more: of an account, or under the nil id of the installation. */
export interface EpochColumns {
  accountId: string
  sessionsNotBefore: number
  passwordsNotBefore: number
}

/** Everything that went to one address is to be erased. */
export interface ErasureColumns {
  accountId: string
  id: string
  /** The account's keyed hash of the address, hex; gone when the erasure is done. */
  recipientIndex: string
  liftsSuppression: boolean
  /** The session that asked. */
  credentialId: string
  createdAt: number
}

interface ColumnsOf {
  account_state: AccountStateColumns
  credential: CredentialColumns
  domain_state: DomainStateColumns
  link: LinkColumns
  user: UserColumns
  factor: FactorColumns
  member: MemberColumns
  one_time_link: OneTimeLinkColumns
  epoch: EpochColumns
  erasure: ErasureColumns
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
    // A session ends within hours, and then by its own columns.
    const isSession = row.kind === 'credential' && isSessionRow(row)
    // An epoch has nothing before it: taken away, it must be missed.
    if ((version > 1 && !isSession) || row.kind === 'epoch') this.memory?.keep(name, version)
    this.remember(name, { version, signature, bytes })
    return undefined
  }

  /** Whether any version of that row was ever seen that is remembered across restarts. */
  hasSeen(kind: AuthorityKind, object: string): boolean {
    return (this.memory?.newest(`${kind}/${object}`) ?? 0) > 0
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

function isSessionRow(row: SignedRow): boolean {
  return (row.columns as CredentialColumns).options?.session !== undefined // the caller has checked the kind
}

export function objectId(row: SignedRow): string {
  if (row.kind === 'account_state' || row.kind === 'epoch') return row.columns.accountId
  return 'domainId' in row.columns && row.kind === 'domain_state'
    ? (row.columns as DomainStateColumns).domainId // the kind says which columns these are
    : (row.columns as CredentialColumns).id
}
