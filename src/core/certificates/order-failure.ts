/** Why no certificate came: a closed list, so that neither log nor database holds what an authority wrote. */

export const orderFailures = {
  unreachable: 'the authority cannot be reached, or its own certificate is not trusted',
  timeout: 'the authority took too long',
  rate_limited: 'the authority has given this name too many certificates or failures lately',
  contact_refused: 'the authority does not take the contact address',
  account_refused: 'the authority refuses the account, or wants it bound to one it knows',
  name_refused: 'the authority does not issue for this name, or a CAA record forbids it',
  challenge_unreachable: 'the authority could not reach this machine under its name on port 80',
  challenge_wrong: 'what the authority found under the name was not the answer of this machine',
  no_http_challenge: 'the authority offers no challenge over HTTP',
  request_refused: 'the authority does not take the request for the certificate',
  authority_fault: 'the authority has a fault of its own',
  unusable: 'what the authority issued does not fit the key, the name or the time',
  account_key: 'the key of the account at the authority cannot be read or written',
} as const

export type OrderFailure = keyof typeof orderFailures

/** The types of RFC 8555 §6.7. */
const ofProblems: Readonly<Record<string, OrderFailure>> = {
  accountDoesNotExist: 'account_refused',
  badCSR: 'request_refused',
  badPublicKey: 'request_refused',
  badRevocationReason: 'authority_fault',
  badSignatureAlgorithm: 'account_refused',
  caa: 'name_refused',
  compound: 'name_refused',
  connection: 'challenge_unreachable',
  dns: 'challenge_unreachable',
  externalAccountRequired: 'account_refused',
  incorrectResponse: 'challenge_wrong',
  invalidContact: 'contact_refused',
  orderNotReady: 'authority_fault',
  rateLimited: 'rate_limited',
  rejectedIdentifier: 'name_refused',
  serverInternal: 'authority_fault',
  tls: 'challenge_unreachable',
  unauthorized: 'challenge_wrong',
  unsupportedContact: 'contact_refused',
  unsupportedIdentifier: 'name_refused',
  userActionRequired: 'account_refused',
}

export function failureOfProblem(type: string): OrderFailure | undefined {
  const name = /^urn:ietf:params:acme:error:([A-Za-z]+)$/.exec(type)?.[1]
  return name !== undefined && Object.hasOwn(ofProblems, name) ? ofProblems[name] : undefined
}

export class OrderFault extends Error {
  override readonly name = 'OrderFault'
  readonly failure: OrderFailure
  /** How long the authority wants us to wait; 0 when it does not say. */
  readonly toldMs: number

  constructor(failure: OrderFailure, options: { cause?: unknown; toldMs?: number } = {}) {
    super(failure, options.cause === undefined ? undefined : { cause: options.cause })
    this.failure = failure
    this.toldMs = options.toldMs ?? 0
  }
}
