/** The provider of single sign-on, as jobs alone speaks to it: what it says of itself, and whom a code stands for. */
import type { Configuration, IDToken, UserInfoResponse } from 'openid-client'
import { OidcFault } from '../core/single-sign-on/failure.ts'
import { oidcNonce } from '../core/single-sign-on/nonce.ts'
import type { ClaimedSignIn, FoundProvider } from '../core/single-sign-on/queries.ts'
import type { Clock } from '../lib/clock.ts'
import { parseMailbox } from '../mail/address.ts'
import type { NotedIdentity } from '../vault/client.ts'
import { failureOf } from './oidc-failure.ts'
import type { OidcLibrary } from './oidc-library.ts'
import { type OidcTransport, requestMs } from './oidc-transport.ts'

export interface OidcProviderDeps {
  library: OidcLibrary
  transport: OidcTransport
  issuer: string
  clientId: string
  clientSecret: string
  /** Where the provider sends browsers back to. */
  redirect: string
  clock: Clock
}

/** How far the clocks may be apart. */
const skewSeconds = 60
/** After so long the provider is asked anew what it says of itself. */
const knownMs = 60 * 60_000
const nameLengthMax = 100
/** Personal accounts and guests of other tenants have addresses that Entra has not verified; it says so by this claim. */
const entraHost = 'login.microsoftonline.com'

type Claims = Partial<IDToken & UserInfoResponse>

export class OidcProvider {
  private readonly deps: OidcProviderDeps
  private known: { config: Configuration; at: number } | undefined

  constructor(deps: OidcProviderDeps) {
    this.deps = deps
  }

  /** Asks anew; what is wrong is in the answer. */
  async look(): Promise<FoundProvider> {
    const { issuer } = this.deps
    this.known = undefined
    try {
      const config = await this.configuration()
      const { authorization_endpoint: endpoint } = config.serverMetadata()
      if (endpoint === undefined || URL.parse(endpoint)?.origin !== new URL(issuer).origin) {
        throw new OidcFault('unsupported')
      }
      return { issuer, endpoint, redirectKnown: await this.knowsRedirect(endpoint), failure: null }
    } catch (error) {
      return { issuer, endpoint: null, redirectKnown: null, failure: failureOf(error) }
    }
  }

  /** Throws what `failureOf` has a word for. */
  async prove(claimed: ClaimedSignIn): Promise<NotedIdentity> {
    const { issuer } = this.deps
    const { client } = this.deps.library
    const config = await this.configuration()
    const back = new URL(this.deps.redirect)
    back.searchParams.set('code', claimed.code)
    if (claimed.issuer !== null) back.searchParams.set('iss', claimed.issuer)
    // Console has compared the state.
    const tokens = await client.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: claimed.verifier,
      expectedNonce: oidcNonce(claimed),
      idTokenExpected: true,
    })
    const claims = tokens.claims()
    if (!claims) throw new OidcFault('token_wrong')
    const { sub: subject } = claims
    const told = await this.withAddress(claims, tokens.access_token)
    const { id, browserKey } = claimed
    return {
      id,
      browserKey,
      issuer,
      subject,
      email: verifiedAddress(issuer, told),
      name: nameIn(told),
    }
  }

  /** Providers may keep the address out of the token (OpenID Connect Core §5.4). */
  private async withAddress(claims: IDToken, accessToken: string): Promise<Claims> {
    const config = await this.configuration()
    const { userinfo_endpoint: endpoint } = config.serverMetadata()
    if (claims.email !== undefined || endpoint === undefined) return claims
    return this.deps.library.client.fetchUserInfo(config, accessToken, claims.sub)
  }

  private async configuration(): Promise<Configuration> {
    const now = this.deps.clock.now()
    if (this.known && now - this.known.at < knownMs) return this.known.config
    const config = await this.discover()
    this.known = { config, at: now }
    return config
  }

  private async discover(): Promise<Configuration> {
    const { library, transport, issuer, clientId, clientSecret } = this.deps
    const { client } = library
    const timeout = requestMs / 1000
    const found = await client.discovery(new URL(issuer), clientId, undefined, undefined, {
      execute: transport.isPlain ? [client.allowInsecureRequests] : [],
      [client.customFetch]: transport.fetch,
      timeout,
    })
    const server = { ...found.serverMetadata() }
    const { token_endpoint: token, jwks_uri: keys, userinfo_endpoint: person } = server
    transport.allow([token, keys, person])
    const methods = server.token_endpoint_auth_methods_supported
    const auth = methods?.includes('client_secret_post')
      ? client.ClientSecretPost(clientSecret)
      : client.ClientSecretBasic(clientSecret)
    const metadata = { client_secret: clientSecret, [client.clockTolerance]: skewSeconds }
    const config = new client.Configuration(server, clientId, metadata, auth)
    config[client.customFetch] = transport.fetch
    config.timeout = timeout
    if (transport.isPlain) client.allowInsecureRequests(config)
    // The signature of the token is checked, though it comes from the provider over TLS.
    client.enableNonRepudiationChecks(config)
    return config
  }

  /**
   * Asked for somebody who is signed in without being asked, the provider sends us back that there is nobody: if it would
   * send a browser to our address at all. Null where its answer does not tell.
   */
  private async knowsRedirect(endpoint: string): Promise<boolean | null> {
    const { transport, clientId, redirect } = this.deps
    const url = new URL(endpoint)
    const wanted = {
      ...{ response_type: 'code', client_id: clientId, redirect_uri: redirect, scope: 'openid' },
      ...{ prompt: 'none', state: 'look', nonce: 'look', code_challenge_method: 'S256' },
      // SHA-256 of what nobody knows: no code comes of it.
      code_challenge: 'A'.repeat(43),
    }
    for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value)
    const { status, headers } = await transport.fetch(url.href, { method: 'GET', headers: {} })
    if (headers.get('location')?.startsWith(`${redirect}?`)) return true
    return status >= 400 && status < 500 ? false : null
  }
}

/** Null unless the provider itself says that the address is the person's. */
function verifiedAddress(issuer: string, claims: Claims): string | null {
  const { email, email_verified: isVerified, xms_edov: isOwned } = claims
  const isEntras =
    new URL(issuer).hostname === entraHost && (isOwned === true || isOwned === 1 || isOwned === '1')
  if (typeof email !== 'string' || (isVerified !== true && !isEntras)) return null
  const mailbox = parseMailbox(email)
  return mailbox?.name === '' ? mailbox.address : null
}

function nameIn({ name }: Claims): string | null {
  if (typeof name !== 'string') return null
  const plain = name
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, nameLengthMax)
    .trim()
  return plain === '' ? null : plain
}
