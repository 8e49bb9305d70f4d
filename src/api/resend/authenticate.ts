/** Who asks, before anything of the request is read: the key, its account's rate, and what the key may do. */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { keyScopes, type Scope, scopesOfKey } from '../../core/access/scopes.ts'
import { OutsideNetworks, type Sender } from '../../core/messages/sender.ts'
import type { RateLimit, RateState } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { type SignedRequests, Unsigned } from '../signed-requests.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the key has been checked. */
    sender: Sender | null
    /** Whose key was used from where it may not be, which the answer does not tell, or without its signature. */
    outsider: Sender | null
  }
  interface FastifyContextConfig {
    /** What a key must be allowed to call the route: every route of the dialect says so. The same type as in console. */
    scope?: Scope | 'session' | 'none'
    /** Fields at the top of its body that are refused elsewhere, as of the installation. */
    ownFields?: readonly string[]
  }
}

/** The rate of callers without a valid key, by address: guesses are slowed, and valid keys from there are not. */
const unknownCallersLimit = 100

export interface DoorDeps extends Pick<ApiDeps, 'senders' | 'log'> {
  signed: SignedRequests
}

export function authenticate(deps: DoorDeps, rate: RateLimit) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const sender = await findSender(deps, request).catch((error) => {
      const state = rate.take(`address ${request.ip}`, unknownCallersLimit)
      showRate(reply, state)
      // Over the rate it leaves no lines.
      if (state.allowed && (error instanceof OutsideNetworks || error instanceof Unsigned)) {
        noteOutsider(request, error, deps.log)
      }
      // While vault or the database is away, a valid key cannot be told from a guess.
      if (!(error instanceof Refusal && error.code === 'unavailable')) limitRate(state)
      throw error
    })
    request.sender = sender
    const state = rate.take(sender.accountId, sender.limits.requestsPerSecond)
    showRate(reply, state)
    showQuota(reply, sender)
    limitRate(state)
    demandRouteScope(sender, request.routeOptions.config.scope)
  }
}

/** A hook at each registration, so that a route which does not say who may call it never serves anybody. */
export function demandScope({ method, url, config }: RouteOptions): void {
  const { scope } = config ?? {}
  if (scope === 'none' || (scope !== undefined && keyScopes.some((one) => one === scope))) return
  throw new Error(
    `${[method].flat().join(', ')} ${url} must name a scope that keys may have; set config: { scope }`,
  )
}

/** What matches no route has no scope, and is answered that it does not exist. */
function demandRouteScope(sender: Sender, scope: Scope | 'session' | 'none' | undefined): void {
  if (scope === undefined || scope === 'none') return
  if (scopesOfKey(sender).some((one) => one === scope)) return
  const isSending = sender.permission === 'sending_access'
  const start = isSending
    ? 'This API key is restricted to only send emails; '
    : 'This API key is restricted; '
  throw new Refusal(
    'not_permitted',
    `${start}this needs the scope \`${scope}\`. Use a key that has it.`,
  )
}

export function senderOf({ sender }: FastifyRequest): Sender {
  if (!sender) throw new Error('a route was reached without a checked key')
  return sender
}

async function findSender({ senders, signed }: DoorDeps, request: FastifyRequest): Promise<Sender> {
  const { authorization } = request.headers
  const token = authorization === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)
  if (!token?.[1]) {
    throw new Refusal(
      'missing_key',
      'Missing API key in the authorization header. Send it as `Authorization: Bearer pst_live_...`.',
    )
  }
  const sender = await senders.find(token[1], request.ip)
  const { signatureKey } = sender.options
  if (signatureKey !== undefined) signed.demand(request, sender, signatureKey)
  return sender
}

/** To the operator's log; the account finds the request in its own. */
function noteOutsider(
  request: FastifyRequest,
  error: OutsideNetworks | Unsigned,
  log: ApiDeps['log'],
): void {
  const { sender } = error
  request.outsider = sender
  const { accountId, credentialId } = sender
  const { id: requestId } = request
  const how = error instanceof Unsigned ? 'without its signature' : 'from outside its networks'
  log.warn({ requestId, accountId, credentialId }, `alarm: key used ${how}`)
}

/** Recipients accepted today where there is a quota of the day. */
function showQuota(reply: FastifyReply, { usedToday }: Sender): void {
  if (usedToday !== null) reply.header('x-resend-daily-quota', usedToday)
}

/** Windows of one second: whatever is left of the present one, the next begins within a second. */
function showRate(reply: FastifyReply, { limit, remaining }: RateState): void {
  reply.header('ratelimit-limit', limit)
  reply.header('ratelimit-remaining', remaining)
  reply.header('ratelimit-reset', 1)
  reply.header('ratelimit-policy', `${limit};w=1`)
}

function limitRate({ allowed, limit }: RateState): void {
  if (allowed) return
  throw new Refusal(
    'rate_limited',
    `Too many requests: at most ${limit} a second. Wait for the seconds in retry-after, or send up to 100 messages in one call of /emails/batch.`,
    { retryAfterSeconds: 1 },
  )
}
