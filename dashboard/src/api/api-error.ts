/** A no of the console, or no answer at all, as pages show it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 when no answer came. */
  readonly status: number
  readonly code: string
  /** The field of the form that is wrong. */
  readonly field: string | undefined
  readonly requestId: string | undefined

  constructor(given: {
    status: number
    code: string
    message: string
    field?: string | undefined
    requestId?: string | undefined
  }) {
    super(given.message)
    this.status = given.status
    this.code = given.code
    this.field = given.field
    this.requestId = given.requestId
  }
}

/** `{"error":{"code","message","field"?,"request_id"?}}`, or a sentence of our own when it is something else. */
export function readError(status: number, text: string): ApiError {
  const { code, message, field, request_id } = errorOf(text)
  return new ApiError({
    status,
    code: textOf(code) ?? 'unknown',
    message:
      textOf(message) ??
      `The console answered ${status} without saying why. Try again in a moment.`,
    field: textOf(field),
    requestId: textOf(request_id),
  })
}

function errorOf(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text)
    const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : {}
    return typeof error === 'object' && error !== null ? { ...error } : {}
  } catch {
    return {}
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
