/** Who asks, before anything of the request is read: the key, its account's rate, and what the key may do. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sender } from '../../core/messages/sender.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import type { RateLimit, RateState } from '../rate-limit.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the key has been checked. */
    sender: Sender | null
  }
  interface FastifyContextConfig {
    /** Set on what a key with `sending_access` may do too. */
    sendingAccess?: boolean
  }
}

/** The rate of callers without a valid key, by address: guesses are slowed, and valid keys from there are not. */
const unknownCallersLimit = 100

export function authenticate({ senders }: Pick<ApiDeps, 'senders'>, rate: RateLimit) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const sender = await findSender(senders, request).catch((error) => {
      const state = rate.take(`address ${request.ip}`, unknownCallersLimit)
      showRate(reply, state)
      // While vault or the database is away, a valid key cannot be told from a guess.
      if (!(error instanceof Refusal && error.code === 'unavailable')) limitRate(state)
      throw error
    })
    request.sender = sender
    const state = rate.take(sender.accountId, sender.limits.requestsPerSecond)
    showRate(reply, state)
    limitRate(state)
    if (sender.permission !== 'full_access' && !request.routeOptions.config.sendingAccess) {
      throw new Refusal('not_permitted', 'This API key is restricted to only send emails')
    }
  }
}

export function senderOf({ sender }: FastifyRequest): Sender {
  if (!sender) throw new Error('a route was reached without a checked key')
  return sender
}

async function findSender(
  senders: ApiDeps['senders'],
  { headers }: FastifyRequest,
): Promise<Sender> {
  const { authorization } = headers
  const token = authorization === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)
  if (!token?.[1]) {
    throw new Refusal(
      'missing_key',
      'Missing API key in the authorization header. Send it as `Authorization: Bearer pst_live_...`.',
    )
  }
  return senders.find(token[1])
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
