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
      /** Or by single sign-on, in the place of the password. */
      oidc?: string
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
      emailIndex?: string
      /** The person to be made; absent for who exists already. */
      person?: { id: string }
      password?: NewPassword
      /** Single sign-on in the place of address and password, in the browser that went there. */
      oidc?: string
      browserKey?: string
      memberId?: string
      /** sign_up: the account to be made. */
      accountId?: string
    }
  /** A new account by single sign-on. */
  | {
      kind: 'sign_up'
      oidc: string
      browserKey: string
      person: { id: string }
      memberId: string
      accountId: string
    }
  /** Shut out by the networks of their account: the recovery code begins what a second person has to approve. */
  | ({ kind: 'ask_break_glass'; code: string; accountId?: string } & ShownOutside)
  /** By another owner or admin of the account, who knows the code of the request. */
  | ({ kind: 'approve_break_glass'; code: string; factor: FactorProof } & ShownOutside)
  /** What the operator has asked and nobody has called off, when its time has come. */
  | { kind: 'carry_out_reset'; userId: string }
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
  | { kind: 'unlink_identity'; identityId: string }
  | { kind: 'change_password'; password: NewPassword; session: NewSession }
  | { kind: 'ask_address'; emailIndex: string; link: NewOneTimeLink }
  | { kind: 'keep_address' }
  | { kind: 'change_address'; link: string; session: NewSession }
  /** One of the person's own sessions, or any of the account's. */
  | { kind: 'end_session'; sessionId: string }
  | { kind: 'end_other_sessions'; session: NewSession }
  | { kind: 'invite'; link: NewOneTimeLink; emailIndex: string; role: Role; scopes: Scope[] | null }
  | { kind: 'revoke_invitation'; linkId: string }
  | { kind: 'change_member'; memberId: string; role: Role; scopes: Scope[] | null }
  | { kind: 'remove_member'; memberId: string }
  /** The account of the session, by whoever it is. */
  | { kind: 'leave_account' }
  /** With `retention` it sets that alone, else all but that. */
  | { kind: 'account_policy'; policy: AccountPolicy }
  /** An owner only; for two weeks it can be kept after all. */
  | { kind: 'close_account' }
  | { kind: 'reopen_account' }
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
    /** The person is known to single sign-on from now on. */
    isLinked?: boolean
    /** Of who comes by single sign-on for the first time: what is to be sealed to them. */
    profile?: { name: string; email: string }
    /** What the person's own things are sealed with. */
    sealing?: { keyVersion: number; publicKey: string }
    /** For the second person to approve; the time in unix ms. */
    breakGlass?: { code: string; expiresAt: number }
    /** A factor was shown, which calls off that the operator resets all of them. */
    keptFactors?: boolean
    /** base32 */
    secret?: string
    codes?: string[]
    /** The line of the ledger with which an export began (bigint as text), and when, in unix ms. */
    exportBegun?: { line: string; at: number }
  }

/**
 * Why nobody was let in. `refused` says neither whether the address is known nor what was wrong. `factor_needed` comes
 * only after the right password. The last four come only after single sign-on.
 */
export type PersonRefused =
  | { outcome: 'refused' | 'reset_needed' | 'no_account' | 'link_dead' }
  | { outcome: 'identity_dead' | 'identity_other' | 'address_unverified' | 'nobody_known' }
  | { outcome: 'locked'; retryAfterSeconds: number }
  | { outcome: 'factor_needed'; types: FactorType[]; passkeys: string[] }

export type PersonOutcome = PersonAnswer | PersonRefused

/** Whom jobs has had proved: as the provider says it, its signature checked. It is hashed or forgotten within minutes. */
export interface NotedIdentity {
  /** Of the way to the provider and back. */
  id: string
  browserKey: string
  issuer: string
  subject: string
  /** Null unless the provider has verified it. */
  email: string | null
  name: string | null
}

/** The sealed name of a person or an account, and under which of their keys it lies. */
export interface NamedRecord {
  owner: string
  recordId: string
  keyVersion: number
  sessionPublic: Buffer
}
