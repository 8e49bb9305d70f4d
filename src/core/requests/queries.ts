/** The log of requests: written for all accounts with the ticket of a door, read by an account's own key. */
import type { FindRequestRow, ForgetBodiesRow, ListRequestsRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface RequestLine {
  accountId: string
  credentialId: string
  id: string
  at: Date
  method: string
  /** The pattern of the route, never the path. */
  route: string
  status: number
  durationMs: number
  /** False for a request that was refused for where it came from. */
  isUse: boolean
  clientSealed: Buffer
  bodiesSealed: Buffer | null
}

/** Writes lines of several accounts; the ticket says that api asks. */
export async function recordRequests(
  sql: Sql,
  ticket: Buffer,
  lines: readonly RequestLine[],
): Promise<void> {
  await sql`
    select postern.record_requests(${ticket},
      ${lines.map((line) => line.accountId)}, ${lines.map((line) => line.credentialId)},
      ${lines.map((line) => line.id)}, ${lines.map((line) => line.at)},
      ${lines.map((line) => line.method)}, ${lines.map((line) => line.route)},
      ${lines.map((line) => line.status)}, ${lines.map((line) => line.durationMs)},
      ${lines.map((line) => line.isUse)}, ${lines.map((line) => line.clientSealed)},
      ${lines.map((line) => line.bodiesSealed)})`
}

/** Writes lines of messages that came by SMTP, whatever method they name; the ticket says that smtp asks. */
export async function recordSubmissions(
  sql: Sql,
  ticket: Buffer,
  lines: readonly RequestLine[],
): Promise<void> {
  await sql`
    select postern.record_submissions(${ticket},
      ${lines.map((line) => line.accountId)}, ${lines.map((line) => line.credentialId)},
      ${lines.map((line) => line.id)}, ${lines.map((line) => line.at)}, ${lines.map((line) => line.route)},
      ${lines.map((line) => line.status)}, ${lines.map((line) => line.durationMs)},
      ${lines.map((line) => line.isUse)}, ${lines.map((line) => line.clientSealed)},
      ${lines.map((line) => line.bodiesSealed)})`
}

export type RequestListing = Pick<
  ListRequestsRow,
  'id' | 'at' | 'method' | 'route' | 'status' | 'clientSealed'
>

/** Newest first. */
export async function listRequests(
  sql: Sql,
  h1: Buffer,
  { after, before, rowLimit }: { after: string | null; before: string | null; rowLimit: number },
): Promise<RequestListing[]> {
  return sql<RequestListing[]>`
    select id, at, method, route, status, client_sealed
      from postern.list_requests(${h1}, ${after}, ${before}, ${rowLimit})`
}

export interface SealedRequestLine
  extends Pick<
    FindRequestRow,
    | 'id'
    | 'accountId'
    | 'at'
    | 'credentialId'
    | 'method'
    | 'route'
    | 'status'
    | 'durationMs'
    | 'clientSealed'
  > {
  bodiesSealed: FindRequestRow['bodiesSealed'] | null
}

export async function findRequest(
  sql: Sql,
  h1: Buffer,
  id: string,
): Promise<SealedRequestLine | undefined> {
  const rows = await sql<SealedRequestLine[]>`
    select id, account_id, at, credential_id, method, route, status, duration_ms, client_sealed, bodies_sealed
      from postern.find_request(${h1}, ${id})`
  return rows[0]
}

/** For jobs: bodies older than a day, at most `rowLimit`; answers how many. */
export async function forgetBodies(sql: Sql, ticket: Buffer, rowLimit: number): Promise<number> {
  const rows = await sql<Pick<ForgetBodiesRow, 'forgotten'>[]>`
    select forgotten
      from postern.forget_bodies(${ticket}, ${rowLimit})`
  return rows[0]?.forgotten ?? 0
}
