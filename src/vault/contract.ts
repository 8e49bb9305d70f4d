/** What other processes may ask of vault, and what it answers. They import it from client.ts. */
import type { KeyObject } from 'node:crypto'
import type { CredentialOptions, LinkColumns, SignedRow } from '../core/authority/signed-row.ts'
import type { NamedRecord, NotedIdentity, PersonOutcome, PersonRequest } from './people/contract.ts'

/** Instance-wide keys; which of them are given depends on the role that asks. */
export interface InstanceKeys {
  /** api, operator: keys the hash that stands for a recipient's domain. */
  destinationKey: KeyObject | null
  /** deliver: authenticates the bounce token in return paths. */
  returnPathKey: KeyObject | null
  /** inbox: seals its own files. */
  fileKey: Buffer | null
  /** console: keys the hash that stands for a person's address. */
  identityKey: KeyObject | null
}

/** What a door needs to seal for an account. */
export interface AccountKeys {
  accountId: string
  keyVersion: number
  /** X25519 public key, 32 raw bytes. */
  publicKey: Buffer
  /** HMAC key of recipient indexes. */
  indexKey: KeyObject
}

/** One message to be signed: relaxed canonical header lines (RFC 6376 §3.4.2), each ending in CRLF. */
export interface SignItem {
  /** A message this connection opened by `openLeased` and whose lease has not run out. */
  messageId: string
  /** The domain of the header From, lower case, A-labels. */
  domain: string
  /** The lines in the order of `h=`, without the second, empty From that vault adds to `h=`. */
  headers: string
  /** SHA-256 of the relaxed canonical body. */
  bodyHash: Buffer
}

/**
 * `headers` are whole values after `DKIM-Signature: `, folded, without end of line: of the RSA key first, then that of
 * an Ed25519 key if the domain has one. `selector` is the first one's; `returnPath` is where the domain takes bounces,
 * null while that does not stand in its DNS.
 */
export type Signed =
  | { headers: string[]; selector: string; returnPath: string | null }
  | { refused: SigningRefusal }

/**
 * `domain_unknown`: the account has no domain of that name, or has it no more. `domain_untrusted`: its state in the
 * database is not vault's own.
 */
export type SigningRefusal =
  | 'account_blocked'
  | 'domain_not_verified'
  | 'domain_unknown'
  | 'domain_untrusted'
  | 'not_leased'
  | 'malformed'

/** A thing of the asking account whose key is asked for; a record's bytes say its session (`readNamed`). */
export type OpenItem =
  | { kind: 'message'; id: string }
  | { kind: 'record'; id: string; keyVersion: number; sessionPublic: Buffer }

/** An attachment whose bytes jobs is to fetch. */
export interface WaitingAttachment {
  accountId: string
  messageId: string
  attachmentId: string
}

/** What a link opens: the message's key, or the key of the one attachment. */
export interface OpenedLink {
  link: LinkColumns
  key: Buffer
}

/** A change of authority to be signed. The account comes from the proof; an operator names it. */
export type AuthorityChange =
  | { kind: 'create_account'; accountId: string }
  | { kind: 'account_state'; accountId: string; change: AccountStateChange }
  /** jobs only: an account whose time has come, by its signed row. */
  | { kind: 'destroy_account'; accountId: string }
  /**
   * Nothing changes: vault reads the row that was stored and remembers its version. A key that has ended itself may still
   * ask it for its own row, with the account named.
   */
  | {
      kind: 'confirm'
      of: 'account_state' | 'credential' | 'domain_state'
      accountId?: string
      objectId: string
    }
  | { kind: 'create_credential'; accountId?: string; credential: NewCredential }
  | { kind: 'revoke_credential'; accountId?: string; credentialId: string }
  /** Only ever to an earlier moment. */
  | { kind: 'expire_credential'; accountId?: string; credentialId: string; expiresAt: number }
  /** jobs only: a key that nobody has used for as long as its account says, and of which its owners were told. */
  | { kind: 'retire_credential'; accountId: string; credentialId: string }
  | {
      kind: 'create_domain'
      accountId?: string
      domainId: string
      name: string
      returnPath?: string
      /** With a second key from the start. */
      ed25519?: boolean
    }
  | { kind: 'delete_domain'; accountId?: string; domainId: string }
  /** The standby key signs from now on, and the active one stands by. */
  | { kind: 'rotate_keys'; accountId?: string; domainId: string }
  /** A new standby key under the same selector, once no mail is on its way that the old one signed. */
  | { kind: 'replace_standby'; domainId: string }
  /** A second key for the domain, or away with it. */
  | { kind: 'set_ed25519'; accountId?: string; domainId: string; enabled: boolean }
  | { kind: 'create_link'; link: NewLink }
  /** operator only: for the first owner of an account, or another after the last one has left. */
  | { kind: 'create_owner_link'; accountId: string; link: { id: string; h2: string } }
  /** operator only: sessions, and passwords with them, from before now count no more; of one account, or of all. */
  /** The second factors of the person with that address end after a day in which they can object, or at once. */
  | { kind: 'reset_factors'; email: string; atOnce: boolean }
  | { kind: 'begin_epoch'; accountId: string; passwords: boolean }
  | {
      kind: 'domain_state'
      accountId: string
      domainId: string
      status: 'pending' | 'verified' | 'failed' | 'partially_verified' | 'partially_failed'
      returnPathReady: boolean
      /** Whose key was looked for; refused when another signs by now. */
      activeSelector?: string
    }

export interface AccountStateChange {
  state?: 'active' | 'blocked'
  reason?: string | null
  requestsPerSecond?: number
  dailyQuota?: number | null
  domainsMax?: number
  keysMax?: number
  /** How many accounts it may have under it. */
  subaccountsMax?: number
  /** The account lets keys and people in from everywhere again. */
  clearsNetworks?: true
  /** It is closed in two weeks, or at once. */
  closes?: 'later' | 'now'
  /** It is closed no more. */
  reopens?: true
}

export interface NewCredential {
  id: string
  /** h2 as hex. */
  h2: string
  permission: 'full_access' | 'sending_access'
  domainId: string | null
  expiresAt: number | null
  options?: CredentialOptions
}

export type NewLink = Pick<
  LinkColumns,
  'id' | 'h2' | 'target' | 'messageId' | 'attachmentId' | 'expiresAt'
>

/**
 * Bytes travel as hex. `account` comes with create_account, `signingKeys` with what makes keys of domains, `sealing` with an operator's
 * create_credential in an account that exists.
 */
export interface Authorised {
  signed: SignedRow
  account?: { publicKey: string; wrapped: string }
  sealing?: { keyVersion: number; publicKey: string } | undefined
  signingKeys?: {
    selector: string
    algorithm: 'rsa' | 'ed25519'
    publicKey: string
    wrapped: string
  }[]
}

export type Prover = { h1: Buffer } | { operatorToken: string } | 'ticket'

export interface VaultClient {
  /** Waits until vault answers unsealed; asked again after each reconnect. */
  keys(): Promise<InstanceKeys>
  /** Refusal `invalid_key` for an unknown proof. */
  accountKeys(h1: Buffer): Promise<AccountKeys>
  /** Message keys in the order asked; null where this process holds no live lease. At most 256 at a time. */
  openLeased(items: { accountId: string; messageId: string }[]): Promise<(Buffer | null)[]>
  /** Record keys in the order asked; null where the proof does not reach. At most 256 at a time. */
  openFor(h1: Buffer, items: OpenItem[]): Promise<(Buffer | null)[]>
  /** jobs only: keys in the order asked; null where nothing is to be fetched. At most 256 at a time. */
  openAttachments(items: WaitingAttachment[]): Promise<(Buffer | null)[]>
  /** Null for a link that is unknown, expired or revoked. */
  openLink(h1: Buffer): Promise<OpenedLink | null>
  /** At most 256 at a time and 1 MiB of headers. */
  sign(items: SignItem[]): Promise<Signed[]>
  authorise(prover: Prover, change: AuthorityChange): Promise<Authorised>
  /** console only: what people do; `h1` is the session that asks, null without one. */
  people(h1: Buffer | null, request: PersonRequest): Promise<PersonOutcome>
  /** console only: keys of names in the order asked, null where the session may not know them. At most 256 at a time. */
  openPeople(h1: Buffer, records: NamedRecord[]): Promise<(Buffer | null)[]>
  /** console only: the key of the address that a due notice goes to; null when none is due. */
  openNotice(noticeId: string, record: NamedRecord): Promise<Buffer | null>
  /** jobs only: whom the provider of single sign-on has vouched for; refuses with `not_found` when nobody went there. */
  noteIdentity(noted: NotedIdentity): Promise<void>
  status(): Promise<{ sealed: boolean }>
  /** operator only: the root key (32 bytes, base64url) with which vault leaves its sealed state. */
  unseal(operatorToken: string, rootKey: string): Promise<void>
  close(): Promise<void>
}
// Every call throws Refusal `unavailable` (retryAfterSeconds 1) while vault is away or sealed.
