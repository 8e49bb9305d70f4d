/** How console says no: one table of refusals, and what only this door refuses. */
import type { FastifyError } from 'fastify'
import { type Static, Type } from 'typebox'
import { DatabaseFailure } from '../db/sql.ts'
import { MalformedRequest } from '../lib/json-body.ts'
import { Refusal, type RefusalCode } from '../lib/refusal.ts'
import { refuseInvalid } from '../lib/schema-fault.ts'

export const ErrorBody = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String({ description: 'a constant that programs can tell errors apart by' }),
        message: Type.String({ description: 'the field, the rule, and what to do' }),
        field: Type.Optional(Type.String({ description: 'the field at fault, where it is one' })),
        request_id: Type.String({
          description: 'the name of the request, for the operator and the log',
        }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type ErrorBody = Static<typeof ErrorBody>

export interface ConsoleError {
  status: number
  code: string
}

export const consoleErrors: Readonly<Record<RefusalCode, ConsoleError>> = {
  account_blocked: { status: 403, code: 'account_blocked' },
  already_exists: { status: 409, code: 'already_exists' },
  concurrent_request: { status: 409, code: 'concurrent_request' },
  domain_not_verified: { status: 403, code: 'domain_not_verified' },
  forbidden_field: { status: 422, code: 'forbidden_field' },
  idempotency_conflict: { status: 409, code: 'idempotency_conflict' },
  invalid_attachment: { status: 422, code: 'invalid_attachment' },
  invalid_idempotency_key: { status: 400, code: 'invalid_idempotency_key' },
  invalid_input: { status: 422, code: 'invalid_input' },
  invalid_key: { status: 401, code: 'signed_out' },
  invalid_parameter: { status: 422, code: 'invalid_parameter' },
  key_inactive: { status: 401, code: 'signed_out' },
  limit_reached: { status: 403, code: 'limit_reached' },
  missing_field: { status: 422, code: 'missing_field' },
  missing_key: { status: 401, code: 'signed_out' },
  not_found: { status: 404, code: 'not_found' },
  not_permitted: { status: 403, code: 'not_permitted' },
  not_ready: { status: 409, code: 'not_ready' },
  quota_exceeded: { status: 429, code: 'quota_exceeded' },
  rate_limited: { status: 429, code: 'rate_limited' },
  step_up_needed: { status: 403, code: 'step_up_needed' },
  too_large: { status: 413, code: 'too_large' },
  unavailable: { status: 503, code: 'unavailable' },
}

/** What is refused for how it came, before it means anything. */
export const doorErrors = {
  cross_site: { status: 403, code: 'cross_site' },
  malformed_request: { status: 400, code: 'malformed_request' },
  method_not_allowed: { status: 405, code: 'method_not_allowed' },
  not_found: { status: 404, code: 'not_found' },
  misdirected_request: { status: 421, code: 'misdirected_request' },
  not_json: { status: 415, code: 'not_json' },
} as const

export class DoorFault extends Error {
  override readonly name = 'DoorFault'
  readonly error: ConsoleError

  constructor(code: keyof typeof doorErrors, message: string) {
    super(message)
    this.error = doorErrors[code]
  }
}

export interface ConsoleAnswer {
  status: number
  body: ErrorBody
  retryAfterSeconds: number | undefined
  /** Set when it is not the caller's fault and the log must say so. */
  fault: unknown
}

/** The answer to anything a route or Fastify itself throws. */
export function answerTo(error: unknown, requestId: string): ConsoleAnswer {
  const refusal = asRefusal(error)
  if (refusal) {
    const { message, field, retryAfterSeconds } = refusal
    const { status, code } = consoleErrors[refusal.code]
    const body = errorBody({ code, message, field, requestId })
    return { status, body, retryAfterSeconds, fault: status >= 500 ? error : undefined }
  }
  const door = asDoorFault(error)
  if (door) {
    const { error: said, message } = door
    const body = errorBody({ code: said.code, message, requestId })
    return { status: said.status, body, retryAfterSeconds: undefined, fault: undefined }
  }
  const message = `Something went wrong on our side. The operator finds the reason under request ${requestId}.`
  const body = errorBody({ code: 'internal_error', message, requestId })
  return { status: 500, body, retryAfterSeconds: undefined, fault: error }
}

export function errorBody({
  code,
  message,
  field,
  requestId,
}: {
  code: string
  message: string
  field?: string | undefined
  requestId: string
}): ErrorBody {
  return { error: { code, message, ...(field !== undefined && { field }), request_id: requestId } }
}

function asRefusal(error: unknown): Refusal | undefined {
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
    return new Refusal('too_large', 'The request body is larger than 1 MiB; send less at once.')
  }
  return undefined
}

function asDoorFault(error: unknown): DoorFault | undefined {
  if (error instanceof DoorFault) return error
  if (error instanceof MalformedRequest) return new DoorFault('malformed_request', error.message)
  if (!isFastifyError(error)) return undefined
  const { code, statusCode = 500 } = error
  // Fastify's 400 to a caller who has gone in the middle of their body.
  const isClients = code === 'ECONNRESET' ? statusCode === 400 : code.startsWith('FST_')
  if (!isClients || statusCode < 400 || statusCode >= 500) return undefined
  return new DoorFault(
    'malformed_request',
    'The request could not be read: check that its path is percent-encoded right and that the body arrives whole.',
  )
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
