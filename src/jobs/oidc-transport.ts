/**
 * How the provider of single sign-on is reached: only the origins that it named itself, by HTTPS (by HTTP where the issuer
 * is this machine), no redirects, no proxy, bounded in time and size, names looked up as everything else. Inner addresses
 * are allowed here, unlike where customers name an address: the provider is the operator's own wish.
 */
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { rootCertificates } from 'node:tls'
import type { CustomFetchOptions } from 'openid-client'
import { OidcFault } from '../core/single-sign-on/failure.ts'
import { isLoopbackName } from '../lib/loopback.ts'
import type { Lookup } from '../process/host-lookup.ts'
import { plainHeaders, readAnswer } from './read-answer.ts'
import { lookUp } from './resolver-lookup.ts'

export interface OidcTransportDeps {
  issuer: URL
  resolve: Lookup
  /** Trusted beside the usual authorities, in PEM; null: those alone. */
  ca: string | null
  /** Ends every request under way. */
  signal: AbortSignal
}

export type OidcCall = Pick<CustomFetchOptions, 'method' | 'headers'> & {
  body?: CustomFetchOptions['body']
  signal?: AbortSignal
}

/** Of one request; the four of a sign-in then end before the browser is told that it took too long. */
export const requestMs = 6_000

export class OidcTransport {
  private readonly deps: OidcTransportDeps
  private readonly origins: Set<string>

  constructor(deps: OidcTransportDeps) {
    this.deps = deps
    this.origins = new Set([deps.issuer.origin])
  }

  /** Whether requests go without TLS: an issuer on this machine, for tests and trials. */
  get isPlain(): boolean {
    return this.deps.issuer.protocol === 'http:'
  }

  /** What the discovery document names, from now on. */
  allow(addresses: readonly (string | undefined)[]): void {
    for (const address of addresses) {
      const url = address === undefined ? null : URL.parse(address)
      if (!url) continue
      const isOwnMachine = this.isPlain && isLoopbackName(url.hostname)
      if (url.protocol === 'https:' || isOwnMachine) this.origins.add(url.origin)
    }
  }

  readonly fetch = async (address: string, call: OidcCall): Promise<Response> => {
    const { deps } = this
    const late = AbortSignal.timeout(requestMs)
    const signals = [late, deps.signal, ...(call.signal ? [call.signal] : [])]
    const url = new URL(address)
    if (!this.origins.has(url.origin)) throw new OidcFault('unsupported')
    try {
      const answer = await this.ask(url, call, AbortSignal.any(signals))
      const text = await readAnswer(answer)
      const { statusCode: status = 500, headers } = answer
      const isEmpty = status === 204 || status === 304
      return new Response(isEmpty ? null : text, { status, headers: plainHeaders(headers) })
    } catch (cause) {
      throw new OidcFault('away', { cause })
    }
  }

  private ask(url: URL, call: OidcCall, signal: AbortSignal): Promise<IncomingMessage> {
    const { ca, resolve } = this.deps
    const request = url.protocol === 'https:' ? requestSecure : requestPlain
    const body = call.body === undefined || call.body === null ? undefined : String(call.body)
    const bytes = body === undefined ? undefined : Buffer.from(body)
    return new Promise((settle, reject) => {
      const sent = request(url, {
        method: call.method,
        headers: {
          ...call.headers,
          'accept-encoding': 'identity',
          'user-agent': 'Postern',
          ...(bytes && { 'content-length': bytes.length }),
        },
        agent: false,
        signal,
        lookup: (host, options, done) => void lookUp(resolve, { host, options, done }),
        ...(ca !== null && { ca: [...rootCertificates, ca] }),
      })
      sent.on('response', settle)
      sent.on('error', reject)
      sent.end(bytes)
    })
  }
}
