/** What console may ask of vault about people, and what vault answers. Bytes travel as hex unless it says otherwise. */
import type { Role, Scope } from '../../core/access/scopes.ts'
import type {
  AccountLimits,
  AccountPolicy,
  FactorType,
  LinkPurpose,
  SignedRow,
} from '../../core/authority/signed-row.ts'

/** A session that is to be signed; console has made its token. */
export interface NewSession {
  id: string
  h2: string
  /** The key of the browser, which console has seen used. */
  browserKey: string
}

/** `hash` is argon2id of the password with the salt that is stored or goes with it. */
export interface NewPassword {
  hash: string
  salt: string
}

export interface NewOneTimeLink {
  id: string
  h2: string
}

export interface PasskeyAnswer {
  credentialId: string
  /** The challenge that was answered, base64url: one that vault gave, within five minutes and only once. */
  challenge: string
  origin: string
  rpId: string
  response: { authenticatorData: string; clientDataJSON: string; signature: string }
}

export type FactorProof =
  | { type: 'totp'; code: string }
  | ({ type: 'passkey' } & PasskeyAnswer)
  | { type: 'recovery'; code: string }
  /** For a person without any factor. */
  | { type: 'password'; hash: string }

/** Who is not signed in: whose address it is, the hash of their password, and the key of their browser. */
export interface ShownOutside {
  emailIndex: string
  password: string
  browserKey: string
}

export type PersonRequest =
  | { kind: 'challenge' }
  /** What the asking person's own things are sealed with. */
  | { kind: 'own_sealing' }
  | {
      kind: 'sign_in'
      /** By the keyed hash of the address, or by the id that a passkey brings. */
      emailIndex?: string
      userId?: string
      password?: string
      factor?: FactorProof
      session: NewSession
      /** The account to begin in; else the first one. */
      accountId?: string
    }
  | {
      kind: 'request_link'
      purpose: 'reset_password' | 'sign_up'
      emailIndex: string
      link: NewOneTimeLink
    }
  /** What a link is for, for whoever holds it. */
  | { kind: 'read_link'; link: string }
  | {
      kind: 'use_link'
      link: string
      emailIndex: string
      /** The person to be made; absent for who exists already. */
      person?: { id: string }
      password?: NewPassword
      memberId?: string
      /** sign_up: the account to be made. */
      accountId?: string
    }
  /** Shut out by the networks of their account: the recovery code begins what a second person has to approve. */
  | ({ kind: 'ask_break_glass'; code: string; accountId?: string } & ShownOutside)
  /** By another owner or admin of the account, who knows the code of the request. */
  | ({ kind: 'approve_break_glass'; code: string; factor: FactorProof } & ShownOutside)
  // With a session:
  | { kind: 'join'; link: string; memberId: string }
  | { kind: 'step_up'; factor: FactorProof }
  | { kind: 'switch_account'; accountId: string; session: NewSession }
  | { kind: 'begin_totp' }
  | { kind: 'add_totp'; factorId: string; code: string }
  | {
      kind: 'add_passkey'
      factorId: string
      challenge: string
      credentialId: string
      publicKey: string
      algorithm: -7 | -8 | -257
    }
  | { kind: 'make_recovery_codes'; factorId: string }
  | { kind: 'revoke_factor'; factorId: string }
  | { kind: 'change_password'; password: NewPassword; session: NewSession }
  /** One of the person's own sessions, or any of the account's. */
  | { kind: 'end_session'; sessionId: string }
  | { kind: 'end_other_sessions'; session: NewSession }
  | { kind: 'invite'; link: NewOneTimeLink; emailIndex: string; role: Role; scopes: Scope[] | null }
  | { kind: 'revoke_invitation'; linkId: string }
  | { kind: 'change_member'; memberId: string; role: Role; scopes: Scope[] | null }
  | { kind: 'remove_member'; memberId: string }
  /** With `retention` it sets that alone, else all but that. */
  | { kind: 'account_policy'; policy: AccountPolicy }
  | { kind: 'erase'; erasure: { id: string; recipientIndex: string; liftsSuppression: boolean } }
  | { kind: 'approve_break_glass_here'; code: string }
  /** Everything of the account, of which its owners are told; or everything held on one address. */
  | { kind: 'begin_export'; exported: 'account' | 'person' }
  /** Vault names the account. */
  | { kind: 'create_subaccount'; limits: Partial<AccountLimits> }
  | { kind: 'limit_subaccount'; accountId: string; limits: Partial<AccountLimits> }
  | { kind: 'suspend_subaccount'; accountId: string }
  | { kind: 'resume_subaccount'; accountId: string }
  /** Nothing changes: its state as it was stored is read, and remembered against older ones. */
  | { kind: 'confirm_subaccount'; accountId: string }
  | { kind: 'enter_subaccount'; accountId: string; session: NewSession }

/** Rows to be stored, all or none, by `postern.store_people`. */
export interface ToStore {
  rows: SignedRow[]
  keys?: { id: string; publicKey: string; wrapped: string }[]
  steps?: { factorId: string; step: number }[]
}

export type PersonAnswer = { outcome: 'done' } & ToStore & {
    challenge?: string
    userId?: string
    accountId?: string
    /** The browser was not seen with this person before. */
    isNewBrowser?: boolean
    /** The person has to add a second factor first. */
    enrolling?: boolean
    link?: { purpose: LinkPurpose; accountId: string; role: Role | null; isBound: boolean }
    /** What the person's own things are sealed with. */
    sealing?: { keyVersion: number; publicKey: string }
    /** For the second person to approve; the time in unix ms. */
    breakGlass?: { code: string; expiresAt: number }
    /** base32 */
    secret?: string
    codes?: string[]
    /** The line of the ledger with which an export began (bigint as text), and when, in unix ms. */
    exportBegun?: { line: string; at: number }
  }

/**
 * Why nobody was let in. `refused` says neither whether the address is known nor what was wrong. `factor_needed` comes
 * only after the right password.
 */
export type PersonRefused =
  | { outcome: 'refused' | 'reset_needed' | 'no_account' | 'link_dead' }
  | { outcome: 'locked'; retryAfterSeconds: number }
  | { outcome: 'factor_needed'; types: FactorType[]; passkeys: string[] }

export type PersonOutcome = PersonAnswer | PersonRefused

/** The sealed name of a person or an account, and under which of their keys it lies. */
export interface NamedRecord {
  owner: string
  recordId: string
  keyVersion: number
  sessionPublic: Buffer
}
