/** What processes tell each other of the certificate that an ACME authority issues; each shows its own proof. */
import type {
  FindChallengeRow,
  FindDueCertificateRow,
  OpsFindCertificateRow,
  RequestCertificateRow,
  StoreCertificateRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface WantedCertificate {
  hostname: string
  directory: string
  keyHash: Buffer
  /** PEM (RFC 2986). */
  request: string
}

/** With the ticket of smtp: asks for it unless that was done, and answers the chain that was issued for it. */
export async function requestCertificate(
  sql: Sql,
  ticket: Buffer,
  { hostname, directory, keyHash, request }: WantedCertificate,
): Promise<string | null> {
  const rows = await sql<Pick<RequestCertificateRow, 'chain'>[]>`
    select chain
      from postern.request_certificate(${ticket}, ${hostname}, ${directory}, ${keyHash}, ${request})`
  return rows[0]?.chain ?? null
}

export type DueCertificate = Pick<FindDueCertificateRow, 'keyHash' | 'request' | 'failures'>

/** With the ticket of jobs, as the three that follow. */
export async function findDueCertificate(
  sql: Sql,
  ticket: Buffer,
  hostname: string,
): Promise<DueCertificate | undefined> {
  const rows = await sql<DueCertificate[]>`
    select key_hash, request, failures
      from postern.find_due_certificate(${ticket}, ${hostname})`
  return rows[0]
}

export async function storeChallenge(
  sql: Sql,
  ticket: Buffer,
  { token, keyAuthorisation }: { token: string; keyAuthorisation: string },
): Promise<void> {
  await sql`
    select postern.store_challenge(${ticket}, ${token}, ${keyAuthorisation})`
}

export interface StoredCertificate {
  hostname: string
  keyHash: Buffer
  /** PEM, the certificate itself first. */
  chain: string
  validFrom: Date
  validUntil: Date
  dueAt: Date
}

/** False when smtp wants one for another key by now. */
export async function storeCertificate(
  sql: Sql,
  ticket: Buffer,
  { hostname, keyHash, chain, validFrom, validUntil, dueAt }: StoredCertificate,
): Promise<boolean> {
  const rows = await sql<Pick<StoreCertificateRow, 'hostname'>[]>`
    select hostname
      from postern.store_certificate(${ticket}, ${hostname}, ${keyHash}, ${chain}, ${[validFrom, validUntil]}, ${dueAt})`
  return rows.length > 0
}

export interface PostponedCertificate {
  hostname: string
  keyHash: Buffer
  code: string
  dueAt: Date
}

export async function postponeCertificate(
  sql: Sql,
  ticket: Buffer,
  { hostname, keyHash, code, dueAt }: PostponedCertificate,
): Promise<void> {
  await sql`
    select postern.postpone_certificate(${ticket}, ${hostname}, ${keyHash}, ${code}, ${dueAt})`
}

/** With the ticket of api. */
export async function findChallenge(
  sql: Sql,
  ticket: Buffer,
  token: string,
): Promise<string | undefined> {
  const rows = await sql<Pick<FindChallengeRow, 'keyAuthorisation'>[]>`
    select key_authorisation
      from postern.find_challenge(${ticket}, ${token})`
  return rows[0]?.keyAuthorisation
}

/** `validUntil` and the failure are null as long as there is none. */
export interface CertificateFacts
  extends Pick<OpsFindCertificateRow, 'requestedAt' | 'dueAt' | 'failures'> {
  validUntil: Date | null
  failureCode: string | null
  failedAt: Date | null
}

/** With the operator's token. */
export async function findCertificate(
  sql: Sql,
  h1: Buffer,
  hostname: string,
): Promise<CertificateFacts | undefined> {
  const rows = await sql<CertificateFacts[]>`
    select requested_at, valid_until, due_at, failures, failure_code, failed_at
      from postern.ops_find_certificate(${h1}, ${hostname})`
  return rows[0]
}
