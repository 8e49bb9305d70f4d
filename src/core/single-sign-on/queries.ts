/** What console, jobs and vault tell each other of single sign-on; each shows its own ticket. */
import type {
  BeginOidcSignInRow,
  ClaimOidcSignInsRow,
  OidcProviderTable,
  OidcSignInsTable,
  ReturnOidcSignInRow,
  VaultNoteIdentityRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface BegunSignIn {
  id: string
  stateHash: Buffer
  browserHash: Buffer
}

/** With the ticket of console, as the three that follow. False when too many are open. */
export async function beginOidcSignIn(
  sql: Sql,
  ticket: Buffer,
  { id, stateHash, browserHash, openMax }: BegunSignIn & { openMax: number },
): Promise<boolean> {
  const rows = await sql<Pick<BeginOidcSignInRow, 'outcome'>[]>`
    select outcome
      from postern.begin_oidc_sign_in(${ticket}, ${id}, ${stateHash}, ${browserHash}, ${openMax})`
  return rows[0]?.outcome === 'begun'
}

/** What the browser came back with, or why it has nothing. */
export type Brought =
  | { code: string; verifier: string; seed: string; issuer: string | null }
  | { failureCode: string }

/** False when that browser has begun no such sign-in, or has come back before, or too late. */
export async function returnOidcSignIn(
  sql: Sql,
  ticket: Buffer,
  of: { id: string; stateHash: Buffer; browserKey: string; brought: Brought },
): Promise<boolean> {
  const rows = await sql<Pick<ReturnOidcSignInRow, 'id'>[]>`
    select id
      from postern.return_oidc_sign_in(${ticket}, ${of.id}, ${of.stateHash}, ${of.browserKey},
             ${JSON.stringify(of.brought)}::jsonb)`
  return rows.length > 0
}

export async function findOidcSignIn(
  sql: Sql,
  ticket: Buffer,
  id: string,
): Promise<Pick<OidcSignInsTable, 'status' | 'failureCode'> | undefined> {
  const rows = await sql<Pick<OidcSignInsTable, 'status' | 'failureCode'>[]>`
    select status, failure_code from postern.find_oidc_sign_in(${ticket}, ${id})`
  return rows[0]
}

/** The address of the provider that browsers are led to; null while it was never found. */
export async function findOidcProvider(
  sql: Sql,
  ticket: Buffer,
  issuer: string,
): Promise<Pick<OidcProviderTable, 'endpoint' | 'failureCode'> | undefined> {
  const rows = await sql<Pick<OidcProviderTable, 'endpoint' | 'failureCode'>[]>`
    select endpoint, failure_code from postern.find_oidc_provider(${ticket}, ${issuer})`
  return rows[0]
}

/** `issuer` is how the provider named itself beside the code (RFC 9207), if it did. */
export type ClaimedSignIn = Omit<ClaimOidcSignInsRow, 'issuer'> & Pick<OidcSignInsTable, 'issuer'>

/** With the ticket of jobs, as the two that follow. Each is handed out once. */
export async function claimOidcSignIns(
  sql: Sql,
  ticket: Buffer,
  rowLimit: number,
): Promise<ClaimedSignIn[]> {
  return sql<ClaimedSignIn[]>`
    select id, browser_key, code, verifier, seed, issuer
      from postern.claim_oidc_sign_ins(${ticket}, ${rowLimit})`
}

/** `failure` null: vault has noted who was proved. */
export async function finishOidcSignIn(
  sql: Sql,
  ticket: Buffer,
  { id, failure }: { id: string; failure: string | null },
): Promise<void> {
  await sql`select postern.finish_oidc_sign_in(${ticket}, ${id}, ${failure})`
}

export interface FoundProvider {
  issuer: string
  endpoint: string | null
  /** Whether the provider sends browsers back to us; null where it does not say. */
  redirectKnown: boolean | null
  failure: string | null
}

export async function storeOidcProvider(
  sql: Sql,
  ticket: Buffer,
  { issuer, endpoint, redirectKnown, failure }: FoundProvider,
): Promise<void> {
  await sql`
    select postern.store_oidc_provider(${ticket}, ${issuer}, ${endpoint}, ${redirectKnown}, ${failure})`
}

/** For vault: of the browser that went, when that jobs has taken the sign-in and not ended it. Its line is written. */
export async function noteIdentity(
  sql: Sql,
  ticket: Buffer,
  { callerTicket, id }: { callerTicket: Buffer; id: string },
): Promise<Buffer | undefined> {
  const rows = await sql<Pick<VaultNoteIdentityRow, 'browserHash'>[]>`
    select browser_hash from postern.vault_note_identity(${ticket}, ${callerTicket}, ${id})`
  return rows[0]?.browserHash
}

export type ProviderFacts = Omit<OidcProviderTable, 'issuer'>

/** With the operator's token. */
export async function findProviderFacts(
  sql: Sql,
  h1: Buffer,
  issuer: string,
): Promise<ProviderFacts | undefined> {
  const rows = await sql<ProviderFacts[]>`
    select endpoint, redirect_known, failure_code, checked_at
      from postern.ops_find_oidc_provider(${h1}, ${issuer})`
  return rows[0]
}
