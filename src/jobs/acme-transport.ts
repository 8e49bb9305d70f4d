/**
 * How the ACME client reaches the authority: HTTPS only, no redirects, no proxy, bounded in time and size, names looked
 * up as everything else, and what the authority says of a failure kept as a word of ours. The client's own transport
 * would wait as long as a server tells it to.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { rootCertificates } from 'node:tls'
import {
  failureOfProblem,
  type OrderFailure,
  OrderFault,
} from '../core/certificates/order-failure.ts'
import type { Lookup } from '../process/host-lookup.ts'
import type { Acme } from './acme-library.ts'
import { plainHeaders, readAnswer } from './read-answer.ts'
import { lookUp } from './resolver-lookup.ts'

export interface TransportDeps {
  resolve: Lookup
  /** Beside the usual authorities, in PEM; null: none. */
  ca: string | null
  signal: AbortSignal
  totalMs?: number
}

type Adapter = Extract<Acme['axios']['defaults']['adapter'], (...given: never) => unknown>
type Call = Parameters<Adapter>[0]
type Answer = Awaited<ReturnType<Adapter>>

const totalMsDefault = 30_000
const retryAfterDateMaxMs = 365 * 24 * 3_600_000

export class AcmeTransport {
  private readonly deps: TransportDeps
  /** The last no of the authority. */
  problem: OrderFailure | undefined
  toldMs = 0

  constructor(deps: TransportDeps) {
    this.deps = deps
  }

  readonly send: Adapter = async (call) => {
    const { deps } = this
    const late = AbortSignal.timeout(deps.totalMs ?? totalMsDefault)
    try {
      const answer = await this.ask(call, AbortSignal.any([late, deps.signal]))
      const text = await readAnswer(answer)
      const { statusCode: status = 0, headers } = answer
      this.note(status, headers, text)
      const plain = plainHeaders(headers)
      return { data: text, status, statusText: '', headers: plain, config: call } as Answer // headers are taken as they are
    } catch (cause) {
      throw new OrderFault(late.aborted ? 'timeout' : 'unreachable', { cause })
    }
  }

  private ask({ url, method, data, headers }: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const target = new URL(url ?? '')
    if (target.protocol !== 'https:') throw new Error('an authority answers over HTTPS only')
    const body = typeof data === 'string' ? Buffer.from(data) : undefined
    const { ca, resolve } = this.deps
    return new Promise((settle, reject) => {
      const sent = request(target, {
        method: (method ?? 'get').toUpperCase(),
        headers: {
          accept: String(headers.get('Accept') ?? '*/*'),
          'accept-encoding': 'identity',
          'user-agent': 'Postern',
          ...(body && { 'content-type': 'application/jose+json', 'content-length': body.length }),
        },
        agent: false,
        signal,
        lookup: (host, options, done) => void lookUp(resolve, { host, options, done }),
        ...(ca !== null && { ca: [...rootCertificates, ca] }),
      })
      sent.on('response', settle)
      sent.on('error', reject)
      sent.end(body)
    })
  }

  private note(status: number, headers: IncomingHttpHeaders, text: string): void {
    const found = problemIn(status, text)
    if (found === undefined) return
    this.problem = found
    this.toldMs = retryAfterMs(headers['retry-after'], headers.date)
  }
}

/** A refused request (RFC 8555 §6.7), or a challenge that did not hold (§7.1.4, §8). */
function problemIn(status: number, text: string): OrderFailure | undefined {
  const body = parse(text)
  if (status >= 400) {
    const known = failureOfProblem(typeOf(body))
    // Of a request this means the account, not what was found under the name.
    if (known === 'challenge_wrong') return 'account_refused'
    return known ?? (status === 429 ? 'rate_limited' : 'authority_fault')
  }
  if (body.status !== 'invalid') return undefined
  const challenges = Array.isArray(body.challenges) ? body.challenges : []
  const errors = [body.error, ...challenges.map((challenge) => asRecord(challenge).error)]
  const known = errors.map((error) => failureOfProblem(typeOf(asRecord(error))))
  return known.find((failure) => failure !== undefined) ?? 'challenge_wrong'
}

function parse(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {}
  try {
    return asRecord(JSON.parse(text))
  } catch {
    return {}
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  // Whatever a field of it is gets looked at before it is used.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function typeOf({ type }: Record<string, unknown>): string {
  return typeof type === 'string' ? type : ''
}

/** Seconds or a date (RFC 9110 §10.2.3), which is compared with the authority's own. */
function retryAfterMs(text: string | undefined, date: string | undefined): number {
  if (text === undefined) return 0
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const waitMs = Date.parse(text) - Date.parse(date ?? '')
  return waitMs > 0 && waitMs < retryAfterDateMaxMs ? waitMs : 0
}
