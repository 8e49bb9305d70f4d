/** What the inbox answers by HTTP: JSON, or bytes under headers of their own. */
export interface Answer {
  status: number
  body: unknown
  /** Sent instead of the body. */
  bytes?: Buffer
  headers?: Record<string, string>
}

export function refusal(status: number, name: string, message: string): Answer {
  return { status, body: { name, message } }
}

export function unavailable(): Answer {
  const reason = 'The inbox waits for its key: the vault is sealed or still starting.'
  return { ...refusal(503, 'unavailable', reason), headers: { 'retry-after': '1' } }
}

/** A line is full that is empty again in a moment. */
export function busy(what: string): Answer {
  const reason = `Too many ${what} at once; ask again in a second.`
  return { ...refusal(503, 'limit_reached', reason), headers: { 'retry-after': '1' } }
}

export function notAllowed(methods: string): Answer {
  const rule = `This address takes ${methods} only.`
  return { ...refusal(405, 'method_not_allowed', rule), headers: { allow: methods } }
}

export function noMessage(): Answer {
  const reason = 'There is no such message: it was deleted, or newer ones took its place.'
  return refusal(404, 'not_found', reason)
}
