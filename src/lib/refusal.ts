/**
 * An expected "no" to a caller. Every door translates every code, so adding one here does not
 * compile until each dialect can say it.
 */
export type RefusalCode =
  | 'account_blocked'
  | 'already_exists'
  | 'concurrent_request'
  | 'domain_not_verified'
  | 'forbidden_field'
  | 'idempotency_conflict'
  | 'invalid_attachment'
  | 'invalid_idempotency_key'
  | 'invalid_input'
  | 'invalid_key'
  | 'invalid_parameter'
  | 'key_inactive'
  | 'limit_reached'
  | 'missing_field'
  | 'missing_key'
  | 'not_found'
  | 'not_permitted'
  | 'not_ready'
  | 'quota_exceeded'
  | 'rate_limited'
  | 'step_up_needed'
  | 'too_large'
  | 'unavailable'

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  /** Seconds after which the same request may succeed; set for codes that pass with time. */
  readonly retryAfterSeconds: number | undefined
  /** The field of the request that is at fault, as its owner would write it. */
  readonly field: string | undefined

  /** `message` is shown to the caller: it names the field, the rule and the fix. */
  constructor(
    code: RefusalCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number; field?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    // What the whole body is at fault for has no field.
    this.field = options.field || undefined
  }
}
