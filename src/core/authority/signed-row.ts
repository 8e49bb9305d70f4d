/**
 * Rows that carry authority (who may send, with which key, from which domain) are signed by vault and checked by whoever
 * acts on them, so that writing into the database grants nothing.
 */
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
