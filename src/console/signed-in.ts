/**
 * Who is signed in, by what a request shows: the cookie with the session's token, and a signature of the key that only
 * the browser holds which began the session. A cookie alone opens nothing, wherever it is carried to.
 */
import type { FastifyRequest } from 'fastify'
import type { SignedRow } from '../core/authority/signed-row.ts'
import { isAllowedFrom } from '../core/credentials/restrictions.ts'
import { findSession, type SessionRow } from '../core/people/queries.ts'
import type { Sql } from '../db/sql.ts'
import { ReplayMemory } from '../lib/browser-proof.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { storedHash, tokenProof } from '../lib/token.ts'
import type { Log } from '../process/log.ts'
import { browserFlaw } from './browser.ts'
import type { Session } from './session.ts'

export const sessionCookie = 'postern_session'

export interface SignedInDeps {
  sql: Sql
  clock: Clock
  log: Log
  check: { distrust(row: SignedRow, object: string): string | undefined }
  /** Told of each use that was let in, and of each from outside the account's networks. */
  uses: {
    note(session: Session, request: FastifyRequest): void
    noteOutsider(session: Session, request: FastifyRequest): void
  }
}

/** A session that has ended is refused within this time. */
const freshMs = 500
const entriesMax = 20_000
/** Two minutes of requests. */
const proofsMax = 500_000

export class SignedIn {
  private readonly deps: SignedInDeps
  readonly replays = new ReplayMemory({ entriesMax: proofsMax })
  private readonly known = new Map<
    string,
    { row: Promise<SessionRow | undefined>; askedAt: number }
  >()

  constructor(deps: SignedInDeps) {
    this.deps = deps
  }

  /** Refuses with `missing_key` when nobody is signed in; why is for the log. */
  async authenticate(request: FastifyRequest): Promise<Session> {
    const token = request.cookies[sessionCookie]
    if (token === undefined || !/^[\w-]{43}$/.test(token)) throw signedOut()
    const h1 = tokenProof(token)
    const row = await this.find(h1, request.ip)
    const session = row && this.believe(h1, row)
    if (!row || !session) throw signedOut()
    if (isOutside(row, request)) {
      this.deps.uses.noteOutsider(session, request)
      throw signedOut()
    }
    this.demandBrowser(session, request)
    this.deps.uses.note(session, request)
    return session
  }

  /**
   * For who has just shown everything that lets them in: they are told when they are at no place that their account lets
   * people in from. Their session stays out of everybody's hands and ends by itself.
   */
  async demandInside(h1: Buffer, request: FastifyRequest): Promise<void> {
    const row = await this.find(h1, request.ip)
    const session = row && this.believe(h1, row)
    if (!row || !session) throw signedOut()
    if (!isOutside(row, request)) return
    this.deps.uses.noteOutsider(session, request)
    throw new Refusal(
      'not_permitted',
      `The account lets people in from some networks only, and your address ${request.ip} is in none of them.`,
      { field: 'networks.console' },
    )
  }

  /** The session as it is now, for who is known already. */
  async again({ h1 }: Session, clientAddress: string): Promise<Session> {
    const row = await this.find(h1, clientAddress)
    const session = row && this.believe(h1, row)
    if (!session) throw signedOut()
    return session
  }

  /** The next request of this session asks the database again. */
  forget(h1: Buffer): void {
    const wanted = h1.toString('base64')
    for (const name of this.known.keys()) {
      if (name.startsWith(wanted)) this.known.delete(name)
    }
  }

  private find(h1: Buffer, clientAddress: string): Promise<SessionRow | undefined> {
    const name = `${h1.toString('base64')} ${clientAddress}`
    const now = this.deps.clock.now()
    const entry = this.known.get(name)
    if (entry && now - entry.askedAt < freshMs) return entry.row
    const row = findSession(this.deps.sql, h1, clientAddress)
    this.known.delete(name)
    this.known.set(name, { row, askedAt: now })
    row.catch(() => this.known.delete(name))
    for (const oldest of this.known.keys()) {
      if (this.known.size <= entriesMax) break
      this.known.delete(oldest)
    }
    return row
  }

  private believe(h1: Buffer, row: SessionRow): Session | undefined {
    const { clock, log } = this.deps
    const { accountId, session, state } = row
    const { columns } = session
    const reason = this.distrust(row)
    if (reason) {
      log.error({ accountId, reason }, 'alarm: authority row not signed by vault')
      return undefined
    }
    const { session: of, scopes = [] } = columns.options ?? {}
    const isLive =
      of !== undefined &&
      columns.h2 === storedHash(h1).toString('hex') &&
      columns.revokedAt === null &&
      (columns.expiresAt ?? 0) > clock.now()
    if (!isLive) return undefined
    return {
      h1,
      accountId,
      userId: of.userId,
      sessionId: columns.id,
      scopes: new Set(scopes),
      browserKey: of.browserKey,
      steppedUpAt: of.steppedUpAt,
      enrolling: of.enrolling === true,
      state: state.columns,
      via: of.via ?? null,
    }
  }

  /** Who has entered from above is there only while the signed state of the account names that one. */
  private distrust({ accountId, session, state, above }: SessionRow): string | undefined {
    const { check } = this.deps
    const { columns } = session
    const via = columns.options?.session?.via
    const reason =
      check.distrust(session, columns.id) ??
      check.distrust(state, accountId) ??
      (columns.accountId === accountId ? undefined : 'misplaced')
    if (reason || via === undefined) return reason
    if (!above || state.columns.options?.parentId !== via) return 'misplaced'
    return check.distrust(above, via)
  }

  private demandBrowser({ browserKey, accountId }: Session, request: FastifyRequest): void {
    const nowMs = this.deps.clock.now()
    const flaw = browserFlaw(request, { publicKey: browserKey, nowMs, replays: this.replays })
    if (flaw === undefined) return
    const { id: requestId } = request
    this.deps.log.warn(
      { requestId, accountId, reason: flaw },
      'alarm: session used without the key of its browser',
    )
    throw signedOut()
  }
}

/** The lists of the account and of the one above both hold. */
function isOutside({ outside, state, above }: SessionRow, { ip }: FastifyRequest): boolean {
  const lists = [state, above].map((row) => row?.columns.options?.networks?.console)
  return outside || lists.some((networks) => !isAllowedFrom(networks, ip))
}

export function signedOut(): Refusal {
  return new Refusal('missing_key', 'You are signed out. Sign in again.')
}
