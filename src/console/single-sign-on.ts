/**
 * The way to the provider of single sign-on and back, as far as a browser goes it. What the way is kept together by
 * (state, seed of the nonce, PKCE verifier) is derived from a secret of this process and the id of the way, so that none
 * of it lies in the database while the browser is away. A way that a restart has cut off begins again. What the browser
 * comes back with is for jobs, the only process that speaks to the provider; vault hears from jobs who it was.
 */
import { hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { isOidcFailure, type OidcFailure, oidcFailures } from '../core/single-sign-on/failure.ts'
import { oidcNonce } from '../core/single-sign-on/nonce.ts'
import {
  type Brought,
  beginOidcSignIn,
  findOidcProvider,
  findOidcSignIn,
  returnOidcSignIn,
} from '../core/single-sign-on/queries.ts'
import type { Pool } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { uuidBytes, uuidFromBytes, uuidv7 } from '../lib/uuid.ts'

/** Open at once, of everybody together. */
const openMax = 5_000
const waitingMax = 500
/** Longer than jobs gives the provider. */
const patienceMs = 30_000
const lookMs = 1_000
const idLength = 22
export const returnPath = '/sign-in/oidc'

export interface OidcOffer {
  issuer: string
  clientId: string
  /** What the button calls it. */
  name: string
  required: boolean
}

export interface SingleSignOnDeps {
  sql: Pool
  /** Of console. */
  ticket: Buffer
  clock: Clock
  offer: OidcOffer
}

/** As the provider gave it to the browser (RFC 6749 §4.1.2, RFC 9207). */
export interface ProviderAnswer {
  state: string
  code?: string | undefined
  iss?: string | undefined
  error?: string | undefined
}

export class SingleSignOn {
  readonly offer: OidcOffer
  private readonly deps: SingleSignOnDeps
  private readonly secret = randomBytes(32)
  private readonly waiting = new Set<() => void>()
  private readonly endListening: () => Promise<void>

  constructor(deps: SingleSignOnDeps) {
    this.deps = deps
    this.offer = deps.offer
    this.endListening = deps.sql.listen('oidc_answers', () => this.wake())
  }

  async stop(): Promise<void> {
    this.wake()
    await this.endListening()
  }

  /** The address that the browser goes on to. `again`: the provider shall ask anew who it is. */
  async begin(of: { browserKey: string; origin: string; again: boolean }): Promise<string> {
    const { sql, ticket, clock } = this.deps
    const endpoint = await this.endpoint()
    const id = uuidv7(clock.now())
    const begun = await beginOidcSignIn(sql, ticket, {
      id,
      stateHash: hash('sha256', this.stateOf(id), 'buffer'),
      browserHash: hash('sha256', of.browserKey, 'buffer'),
      openMax,
    })
    if (!begun) throw busy()
    const seed = this.derive('seed', id)
    const wanted = {
      response_type: 'code',
      client_id: this.offer.clientId,
      redirect_uri: `${of.origin}${returnPath}`,
      scope: 'openid email profile',
      state: this.stateOf(id),
      nonce: oidcNonce({ id, browserKey: of.browserKey, seed }),
      code_challenge: hash('sha256', this.derive('verifier', id), 'base64url'),
      code_challenge_method: 'S256',
      ...(of.again && { prompt: 'login' }),
    }
    for (const [name, value] of Object.entries(wanted)) endpoint.searchParams.set(name, value)
    return endpoint.href
  }

  /** Waits until jobs has had it proved; answers the id of the way, by which vault knows who came. */
  async finish(browserKey: string, answer: ProviderAnswer): Promise<string> {
    const id = this.idOf(answer.state)
    if (this.waiting.size >= waitingMax) throw busy()
    const { sql, ticket } = this.deps
    const stateHash = hash('sha256', answer.state, 'buffer')
    const brought = this.broughtBy(id, answer)
    if (!(await returnOidcSignIn(sql, ticket, { id, stateHash, browserKey, brought }))) {
      throw refusalOf('late')
    }
    await this.untilProved(id)
    return id
  }

  /** Browsers are led to the host of the issuer only, whatever stands in the database. */
  private async endpoint(): Promise<URL> {
    const { sql, ticket, offer } = this.deps
    const provider = await findOidcProvider(sql, ticket, offer.issuer)
    if (!provider?.endpoint) {
      const { failureCode } = provider ?? {}
      throw refusalOf(failureCode && isOidcFailure(failureCode) ? failureCode : 'away')
    }
    const endpoint = new URL(provider.endpoint)
    if (endpoint.origin === new URL(offer.issuer).origin) return endpoint
    throw refusalOf('unsupported')
  }

  private idOf(state: string): string {
    const bytes = Buffer.from(state.slice(0, idLength), 'base64url')
    if (bytes.length !== 16) throw refusalOf('late')
    const id = uuidFromBytes(bytes)
    const [shown, own] = [Buffer.from(state), Buffer.from(this.stateOf(id))]
    if (shown.length === own.length && timingSafeEqual(shown, own)) return id
    throw refusalOf('late')
  }

  private broughtBy(id: string, { code, iss, error }: ProviderAnswer): Brought {
    if (code === undefined) return { failureCode: failureOfError(error) }
    const seed = this.derive('seed', id)
    return { code, verifier: this.derive('verifier', id), seed, issuer: iss ?? null }
  }

  private async untilProved(id: string): Promise<void> {
    const { sql, ticket, clock } = this.deps
    const until = clock.now() + patienceMs
    while (clock.now() < until) {
      const next = this.nextAnswer()
      const found = await findOidcSignIn(sql, ticket, id)
      if (found?.status === 'proved') return next.end()
      if (found?.status === 'failed') {
        next.end()
        const { failureCode } = found
        throw refusalOf(failureCode && isOidcFailure(failureCode) ? failureCode : 'refused')
      }
      await next.come
    }
    throw refusalOf('away')
  }

  /** Resolves when jobs has ended any way, or in a second. */
  private nextAnswer(): { come: Promise<void>; end: () => void } {
    const { promise: come, resolve } = Promise.withResolvers<void>()
    const end = () => {
      clearTimeout(timer)
      this.waiting.delete(end)
      resolve()
    }
    const timer = setTimeout(end, lookMs)
    this.waiting.add(end)
    return { come, end }
  }

  private wake(): void {
    for (const end of [...this.waiting]) end()
  }

  private stateOf(id: string): string {
    return `${uuidBytes(id).toString('base64url')}.${this.derive('state', id)}`
  }

  private derive(purpose: 'state' | 'seed' | 'verifier', id: string): string {
    const bytes = hkdfSync('sha256', this.secret, uuidBytes(id), `postern oidc ${purpose} 1`, 32)
    return Buffer.from(bytes).toString('base64url')
  }
}

/** RFC 6749 §4.1.2.1. */
function failureOfError(error: string | undefined): OidcFailure {
  if (error === 'access_denied') return 'denied'
  return error === 'server_error' || error === 'temporarily_unavailable' ? 'away' : 'refused'
}

function refusalOf(failure: OidcFailure): Refusal {
  return failure === 'away'
    ? new Refusal('unavailable', oidcFailures.away, { retryAfterSeconds: 60 })
    : new Refusal('not_permitted', oidcFailures[failure])
}

function busy(): Refusal {
  return new Refusal(
    'rate_limited',
    'Too many are on their way to single sign-on just now. Try again in a minute.',
    { retryAfterSeconds: 60 },
  )
}
