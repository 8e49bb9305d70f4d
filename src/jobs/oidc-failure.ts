/** What a fault of the OpenID Connect client means, as a word of ours; what the provider wrote itself is kept nowhere. */
import { type OidcFailure, OidcFault } from '../core/single-sign-on/failure.ts'
import { Refusal } from '../lib/refusal.ts'

const byCode: Readonly<Record<string, OidcFailure>> = {
  OAUTH_TIMEOUT: 'away',
  OAUTH_ABORT: 'away',
  OAUTH_WWW_AUTHENTICATE_CHALLENGE: 'client_refused',
  OAUTH_RESPONSE_IS_NOT_JSON: 'discovery_wrong',
  OAUTH_PARSE_ERROR: 'discovery_wrong',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'discovery_wrong',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'clock_wrong',
  OAUTH_KEY_SELECTION_FAILED: 'signature_wrong',
  OAUTH_UNSUPPORTED_OPERATION: 'unsupported',
  OAUTH_MISSING_SERVER_METADATA: 'unsupported',
  OAUTH_INVALID_SERVER_METADATA: 'unsupported',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'unsupported',
}

const byError: Readonly<Record<string, OidcFailure>> = {
  invalid_client: 'client_refused',
  unauthorized_client: 'client_refused',
  invalid_grant: 'code_refused',
}

const byClaim: Readonly<Record<string, OidcFailure>> = {
  aud: 'audience_wrong',
  azp: 'audience_wrong',
  iss: 'issuer_wrong',
  nonce: 'nonce_wrong',
}

export function failureOf(error: unknown): OidcFailure {
  const chain = [...causes(error)]
  const ours = chain.find((one) => one instanceof OidcFault)
  if (ours instanceof OidcFault) return ours.failure
  // Of vault.
  if (error instanceof Refusal) return 'interrupted'
  const code = textIn(chain, 'code')
  if (code === 'OAUTH_RESPONSE_BODY_ERROR' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
    return byError[textIn(chain, 'error') ?? ''] ?? (statusIn(chain) >= 500 ? 'away' : 'refused')
  }
  if (code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED') {
    return byClaim[textIn(chain, 'claim') ?? ''] ?? 'token_wrong'
  }
  if (code === 'OAUTH_INVALID_RESPONSE' && chain.some((one) => 'signature' in one)) {
    return 'signature_wrong'
  }
  return byCode[code ?? ''] ?? 'token_wrong'
}

/** The error with all that lies beneath it. */
function* causes(error: unknown): Generator<object> {
  let next = error
  for (let depth = 0; depth < 8 && typeof next === 'object' && next !== null; depth++) {
    yield next
    next = 'cause' in next ? next.cause : undefined
  }
}

function textIn(chain: readonly object[], name: string): string | undefined {
  for (const one of chain) {
    const value: unknown = Reflect.get(one, name)
    if (typeof value === 'string') return value
  }
  return undefined
}

function statusIn(chain: readonly object[]): number {
  for (const one of chain) {
    const value: unknown = Reflect.get(one, 'status')
    if (typeof value === 'number') return value
  }
  return 0
}
