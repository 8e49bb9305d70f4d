/**
 * What the supervisor gives a process at its start, as one JSON document on the inherited pipe fd 3:
 * its ticket, its database login, its identity and its own part of the settings. Nothing of it is ever in the
 * environment, in an argument or in a file. fd 4 is the control channel for as long as both live: lines of JSON in both
 * directions, and its end means that the other side is gone.
 */
import type { Role } from '../config/role.ts'
import type { Settings } from '../config/settings.ts'
import type { DatabaseLogin } from '../db/login.ts'
import type { KeyName, PublicKey } from '../db/verified-keys.ts'
import type { KeyPair } from '../lib/certificate.ts'

export { type Role, roles } from '../config/role.ts'

/** The user a process becomes after its imports; null when the supervisor is not root. */
export interface Identity {
  uid: number
  gid: number
}

export interface Handover {
  role: Role
  /** 32 random bytes, base64url; its SHA-256 is in private.processes. */
  ticket: string
  database: DatabaseLogin | null
  identity: Identity | null
  /** Path of vault's Unix socket. */
  vaultSocket: string
  /** The authority's public key (Ed25519, raw 32 bytes, base64url); null only for vault's very first start. */
  authorityPublicKey: string | null
  settings: Settings
  /**
   * The only folder this process may write, or null. It is its working folder and given as a relative path, since the
   * user it becomes may be unable to reach it by its absolute one.
   */
  dataFolder: string | null
  /** vault only. rootKey null means: start sealed and wait for the operator. */
  vault: { rootKey: string | null; operatorTokenHash: string } | null
  /** console only: the key that Postern's own mail is sent with, once there is one. */
  mailKey: string | null
  /** Where mail goes that no line of the routes file claims: filled in by the supervisor once the inbox listens. */
  inboxSmtpPort: number | null
  /** The rows of POSTERN_ROUTES_FILE, read by the supervisor because the fence closes files to the others. */
  routes: Route[]
  /** api only: the lines of POSTERN_SCANNER_KEYS_FILE, read by the supervisor for the same reason. */
  scanners: Scanner[]
  /** jobs only: what POSTERN_ACME_CA_FILE holds, read by the supervisor for the same reason. */
  acmeCa: string | null
  /** jobs only: what POSTERN_OIDC_CA_FILE holds, likewise. */
  oidcCa: string | null
  /** smtp only: what it shows as a TLS server, read by the supervisor for the same reason. */
  tls: KeyPair | null
}

/** Whose reports of leaked keys are believed: the public key as DER (SPKI) in base64, P-256 or Ed25519. */
export interface Scanner {
  id: string
  publicKey: string
}

/** `domain` is lower case: `example.com` itself, `.example.com` its subdomains, `*` everything. */
export interface Route {
  domain: string
  host: string
  port: number
}

/** Lines a process writes to its control channel. */
export type Report =
  | { kind: 'ready'; ports: Record<string, number>; authorityPublicKey?: string; sealed?: boolean }
  | { kind: 'unsealed'; authorityPublicKey: string }
  /** It will not start, for a reason the operator can put right. */
  | { kind: 'refused'; reason: string }
  /** inbox only: it cannot look into the database itself. */
  | { kind: 'key_wanted'; name: KeyName }

/** Lines the supervisor writes to a process. */
export type Order =
  | { kind: 'stop' }
  | { kind: 'login'; database: DatabaseLogin }
  | { kind: 'certificate'; pair: KeyPair }
  | { kind: 'key'; name: KeyName; key: PublicKey | null }
