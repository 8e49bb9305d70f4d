/** The Idempotency-Key of a request, with the bytes that must be the same when it comes again. */
import type { FastifyRequest } from 'fastify'
import type { Idempotency } from '../../core/messages/accept-message.ts'
import { Refusal } from '../../lib/refusal.ts'

const keyLengthMax = 256

export function readIdempotency(
  { headers, bodyBytes }: FastifyRequest,
  endpoint: string,
): Idempotency | null {
  const key = headers['idempotency-key']
  if (key === undefined || bodyBytes === null) return null
  if (typeof key === 'string' && key.length >= 1 && key.length <= keyLengthMax) {
    return { key, endpoint, body: bodyBytes }
  }
  throw new Refusal(
    'invalid_idempotency_key',
    `The Idempotency-Key header must have 1 to ${keyLengthMax} characters; use for example a UUID.`,
  )
}
