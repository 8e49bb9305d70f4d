/** How the Resend dialect says no: one table of refusals. */
import type { FastifyError } from 'fastify'
import { DatabaseFailure } from '../../db/sql.ts'
import { MalformedRequest } from '../../lib/json-body.ts'
import { Refusal, type RefusalCode } from '../../lib/refusal.ts'
import { refuseInvalid } from '../../lib/schema-fault.ts'

export interface ErrorBody {
  statusCode: number
  name: string
  message: string
}

export interface DialectError {
  status: number
  name: string
}

export const dialectErrors: Readonly<Record<RefusalCode, DialectError>> = {
  account_blocked: { status: 403, name: 'suspended_api_key' },
  already_exists: { status: 403, name: 'validation_error' },
  concurrent_request: { status: 409, name: 'concurrent_idempotent_requests' },
  domain_not_verified: { status: 403, name: 'validation_error' },
  forbidden_field: { status: 422, name: 'validation_error' },
  idempotency_conflict: { status: 409, name: 'invalid_idempotent_request' },
  invalid_attachment: { status: 422, name: 'invalid_attachment' },
  invalid_idempotency_key: { status: 400, name: 'invalid_idempotency_key' },
  invalid_input: { status: 422, name: 'validation_error' },
  invalid_key: { status: 403, name: 'invalid_api_key' },
  invalid_parameter: { status: 422, name: 'invalid_parameter' },
  key_inactive: { status: 403, name: 'restricted_api_key' },
  limit_reached: { status: 403, name: 'validation_error' },
  missing_field: { status: 422, name: 'missing_required_field' },
  missing_key: { status: 401, name: 'missing_api_key' },
  not_found: { status: 404, name: 'not_found' },
  not_permitted: { status: 401, name: 'restricted_api_key' },
  not_ready: { status: 409, name: 'validation_error' },
  quota_exceeded: { status: 429, name: 'daily_quota_exceeded' },
  rate_limited: { status: 429, name: 'rate_limit_exceeded' },
  step_up_needed: { status: 401, name: 'restricted_api_key' },
  too_large: { status: 413, name: 'validation_error' },
  unavailable: { status: 503, name: 'service_unavailable' },
}

export function refusalBody({ code, message }: Refusal): ErrorBody {
  const { status, name } = dialectErrors[code]
  return { statusCode: status, name, message }
}

export interface DialectAnswer {
  body: ErrorBody
  retryAfterSeconds: number | undefined
  /** Set when it is not the caller's fault and the log must say so. */
  fault: unknown
}

/** The answer to anything a route or Fastify itself throws. */
export function answerTo(
  error: unknown,
  { requestId, bodyBytesMax }: { requestId: string; bodyBytesMax: number },
): DialectAnswer {
  const refusal = asRefusal(error, bodyBytesMax)
  if (refusal) {
    const body = refusalBody(refusal)
    const { retryAfterSeconds } = refusal
    return { body, retryAfterSeconds, fault: body.statusCode >= 500 ? error : undefined }
  }
  if (error instanceof MalformedRequest || isClientFault(error)) {
    const message =
      error instanceof MalformedRequest
        ? error.message
        : 'The request could not be read: check that its path is percent-encoded right and that the body arrives whole.'
    const body = { statusCode: 400, name: 'validation_error', message }
    return { body, retryAfterSeconds: undefined, fault: undefined }
  }
  const message = `Something went wrong on our side; nothing was lost. The operator finds the reason under request ${requestId}.`
  const body = { statusCode: 500, name: 'application_error', message }
  return { body, retryAfterSeconds: undefined, fault: error }
}

function asRefusal(error: unknown, bodyBytesMax: number): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (error instanceof DatabaseFailure && error.isOutage) {
    return new Refusal('unavailable', 'The database is away for a moment; try again in a second.', {
      cause: error,
      retryAfterSeconds: 1,
    })
  }
  if (!isFastifyError(error)) return undefined
  if (error.validation?.[0]) return refuseInvalid(error.validation)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const megabytes = bodyBytesMax / 1_000_000
    const message = `The request body is larger than ${megabytes} MB; send less at once.`
    return new Refusal('too_large', message)
  }
  return undefined
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error
}

function isClientFault(error: unknown): boolean {
  if (!isFastifyError(error)) return false
  const { code, statusCode } = error
  // Fastify's 400 to a caller who has gone in the middle of their body.
  if (code === 'ECONNRESET') return statusCode === 400
  return (
    code.startsWith('FST_') && statusCode !== undefined && statusCode >= 400 && statusCode < 500
  )
}
