/** Who asks, before anything of the request is read: the key, its account's rate, and what the key may do. */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { keyScopes, type Scope, scopesOfKey } from '../../core/access/scopes.ts'
import { OutsideNetworks, type Sender } from '../../core/messages/sender.ts'
import type { RateLimit, RateState } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the key has been checked. */
    sender: Sender | null
    /** Whose key was used from where it may not be; the answer does not tell. */
    outsider: Sender | null
  }
  interface FastifyContextConfig {
    /** What a key must be allowed to call the route: every route of the dialect says so. The same type as in console. */
    scope?: Scope | 'session' | 'none'
  }
}

/** The rate of callers without a valid key, by address: guesses are slowed, and valid keys from there are not. */
const unknownCallersLimit = 100

export function authenticate({ senders, log }: Pick<ApiDeps, 'senders' | 'log'>, rate: RateLimit) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const sender = await findSender(senders, request).catch((error) => {
      const state = rate.take(`address ${request.ip}`, unknownCallersLimit)
      showRate(reply, state)
      // Over the rate it leaves no lines.
      if (state.allowed && error instanceof OutsideNetworks) {
        noteOutsider(request, { sender: error.sender, log })
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

async function findSender(senders: ApiDeps['senders'], request: FastifyRequest): Promise<Sender> {
  const { authorization } = request.headers
  const token = authorization === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)
  if (!token?.[1]) {
    throw new Refusal(
      'missing_key',
      'Missing API key in the authorization header. Send it as `Authorization: Bearer pst_live_...`.',
    )
  }
  return senders.find(token[1], request.ip)
}

/** To the operator's log; the account finds the request in its own. */
function noteOutsider(
  request: FastifyRequest,
  { sender, log }: { sender: Sender; log: ApiDeps['log'] },
): void {
  request.outsider = sender
  const { accountId, credentialId } = sender
  const { id: requestId } = request
  log.warn({ requestId, accountId, credentialId }, 'alarm: key used from outside its networks')
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
