/** Who is signed in, and what a route asks of them before anything of the request is read. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Scope } from '../core/access/scopes.ts'
import type { AccountStateColumns } from '../core/authority/signed-row.ts'
import { RateLimit } from '../lib/rate-limit.ts'
import { Refusal } from '../lib/refusal.ts'
import type { ConsoleDeps } from './deps.ts'

/** `none`: anybody. `session`: whoever is signed in. Else a session that has the scope. */
export type RouteScope = Scope | 'none' | 'session'

export interface Session {
  /** The proof that the database and vault ask for. */
  h1: Buffer
  accountId: string
  userId: string
  sessionId: string
  scopes: ReadonlySet<Scope>
  /** What every request of the session is signed with. */
  browserKey: string
  /** When a factor was shown last, in unix ms. */
  steppedUpAt: number
  /** A second factor must be added before anything else. */
  enrolling: boolean
  /** Of the account: its state, limits and policies. */
  state: AccountStateColumns
  /** The account above, from which the person has entered this one; null for a member. */
  via: string | null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until it has been checked, and on routes for anybody. */
    session: Session | null
  }
  interface FastifyContextConfig {
    /** Every route of console has one. */
    scope?: RouteScope
  }
}

const addressRequestsPerSecond = 100
const sessionRequestsPerSecond = 50

/** Call it before the routes are registered: one without a scope then keeps the server from starting. */
export function demandScopes(app: FastifyInstance, deps: ConsoleDeps): void {
  const rate = new RateLimit(deps.clock)
  app.decorateRequest('session', null)
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.scope) return
    throw new Error(
      `${method} ${url} declares no scope: set config.scope to one such as 'domains:read', to 'session' or to 'none'`,
    )
  })
  app.addHook('onRequest', async (request) =>
    limitRate(rate, `address ${request.ip}`, addressRequestsPerSecond),
  )
  // The proof of the browser covers the body, which has been read by now and is judged afterwards.
  app.addHook('preValidation', async (request) => {
    // An address without a route has no configuration, and nothing to protect.
    const { scope = 'none' } = request.routeOptions.config
    if (scope === 'none') return
    const session = await deps.authenticate(request)
    limitRate(rate, `session ${session.sessionId}`, sessionRequestsPerSecond)
    if (scope !== 'session' && !session.scopes.has(scope)) refuseScope(scope)
    request.session = session
  })
}

export function sessionOf({ session }: FastifyRequest): Session {
  if (!session) throw new Error('a route was reached without a checked session')
  return session
}

function refuseScope(scope: Scope): never {
  throw new Refusal(
    'not_permitted',
    `This needs the scope \`${scope}\`, which your role in this account does not have; an owner or admin of the account can give it to you.`,
    { field: scope },
  )
}

function limitRate(rate: RateLimit, caller: string, limit: number): void {
  if (rate.take(caller, limit).allowed) return
  throw new Refusal(
    'rate_limited',
    `Too many requests: at most ${limit} a second. Wait for the seconds in retry-after.`,
    { retryAfterSeconds: 1 },
  )
}
