/** Why nobody came in by single sign-on, as a code for the log and as a sentence with the way out. */
export const oidcFailures = {
  away: 'The provider of single sign-on does not answer. Try again in a minute; if it stays so, tell the operator.',
  discovery_wrong:
    'The provider of single sign-on does not describe itself as it should. The operator finds what to do with `postern doctor`.',
  unsupported:
    'The provider of single sign-on lacks something Postern needs. The operator finds what to do with `postern doctor`.',
  client_refused:
    'The provider does not take the client id or secret of this installation. The operator has to copy them anew.',
  code_refused:
    'The provider does not take the answer any more, which works once and briefly. Sign in again.',
  clock_wrong:
    'The clocks of the provider and of this installation differ too much. The operator has to set the clock of this machine.',
  audience_wrong:
    'The provider answered for another program than this one. The operator has to compare the client id.',
  issuer_wrong:
    'The answer is not from the provider of this installation. The operator has to compare the issuer.',
  nonce_wrong: 'The answer belongs to another sign-in. Begin again, in one window only.',
  signature_wrong: 'The answer is not signed by the provider. Begin again, and tell the operator.',
  token_wrong:
    'The provider answered something that cannot be believed. Begin again; if it stays so, tell the operator.',
  denied: 'You did not let the provider tell who you are. Begin again if you want to sign in.',
  refused:
    'The provider did not sign you in. Begin again; if it stays so, ask who runs the provider.',
  interrupted: 'A part of Postern was restarting just then. Begin again.',
  late: 'Signing in took longer than ten minutes, or Postern was started again meanwhile. Begin again.',
} as const

export type OidcFailure = keyof typeof oidcFailures

export function isOidcFailure(code: string): code is OidcFailure {
  return Object.hasOwn(oidcFailures, code)
}

/** What jobs met on its way to the provider. */
export class OidcFault extends Error {
  override readonly name = 'OidcFault'
  readonly failure: OidcFailure

  constructor(failure: OidcFailure, options?: ErrorOptions) {
    super(failure, options)
    this.failure = failure
  }
}
