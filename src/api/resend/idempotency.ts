/** The Idempotency-Key of a request, with the bytes that must be the same when it comes again. */
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Idempotency } from '../../core/messages/accept-message.ts'
import { Refusal } from '../../lib/refusal.ts'

const keyLengthMax = 256

/** For the documents; `readIdempotencyKey` checks. */
export const IdempotencyHeader = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: keyLengthMax,
      description: 'For 24 hours the same key with the same body is answered with the same ids.',
    }),
  ),
})

export function readIdempotency(request: FastifyRequest, endpoint: string): Idempotency | null {
  const key = readIdempotencyKey(request.headers['idempotency-key'] ?? null)
  return key === null ? null : idempotencyOf(request, endpoint, key)
}

export function idempotencyOf(
  { bodyBytes }: FastifyRequest,
  endpoint: string,
  key: string,
): Idempotency | null {
  return bodyBytes && { key, endpoint, body: bodyBytes }
}

export function readIdempotencyKey(key: string | string[] | null): string | null {
  if (key === null) return null
  if (typeof key === 'string' && key.length >= 1 && key.length <= keyLengthMax) return key
  throw new Refusal(
    'invalid_idempotency_key',
    `The Idempotency-Key header must have 1 to ${keyLengthMax} characters; use for example a UUID.`,
  )
}
