/**
 * Fetches a file from an address that a customer named. The name is resolved once a hop, every address it has must be
 * public, and the connection goes to one of exactly those; nothing of ours goes along.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { FetchFailure } from '../core/attachments/fetch-failure.ts'
import { explainFetchUrl } from '../core/attachments/fetch-url.ts'
import { isPublicAddress } from './public-address.ts'

export interface FetchFileDeps {
  /** All addresses of a host; empty when it has none, throws when nobody could say. */
  resolve: (host: string) => Promise<string[]>
  /** Which addresses may be called; for tests only, whose servers are on loopback. */
  allow?: (address: string) => boolean
  /** Beside the usual authorities; for tests only. */
  ca?: string
  /** Aborted when the process stops. */
  signal?: AbortSignal
  limits?: Partial<FetchLimits>
}

export interface FetchLimits {
  connectMs: number
  totalMs: number
  redirectsMax: number
}

const defaultLimits: FetchLimits = { connectMs: 10_000, totalMs: 60_000, redirectsMax: 3 }

export interface FetchedFile {
  bytes: Buffer
  /** As its host calls it; empty when it does not. */
  contentType: string
}

export class FetchFault extends Error {
  override readonly name = 'FetchFault'
  readonly failure: FetchFailure
  /** Another try would end the same way. */
  readonly isFinal: boolean

  constructor(failure: FetchFailure, options: { isFinal?: boolean; cause?: unknown } = {}) {
    super(failure, options.cause === undefined ? undefined : { cause: options.cause })
    this.failure = failure
    this.isFinal = options.isFinal ?? false
  }
}

/** Throws FetchFault. */
export async function fetchFile(
  address: string,
  bytesMax: number,
  deps: FetchFileDeps,
): Promise<FetchedFile> {
  const limits = { ...defaultLimits, ...deps.limits }
  const late = AbortSignal.timeout(limits.totalMs)
  const signal = deps.signal ? AbortSignal.any([late, deps.signal]) : late
  try {
    let url = new URL(address)
    for (let hop = 0; hop <= limits.redirectsMax; hop += 1) {
      const answer = await ask(url, { deps, limits, signal })
      const next = redirectOf(answer, url)
      if (!next) return await readFile(answer, bytesMax)
      answer.destroy()
      url = next
    }
    throw new FetchFault('too_many_redirects', { isFinal: true })
  } catch (error) {
    if (signal.aborted) throw new FetchFault('timeout', { cause: error })
    if (error instanceof FetchFault) throw error
    throw new FetchFault('unreachable', { cause: error })
  }
}

interface Asking {
  deps: FetchFileDeps
  limits: FetchLimits
  signal: AbortSignal
}

async function ask(url: URL, asking: Asking): Promise<IncomingMessage> {
  // Once more for what a redirect named.
  if (explainFetchUrl(url.href) !== '') throw new FetchFault('bad_redirect', { isFinal: true })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const pinned = await publicAddressOf(host, asking)
  const isSecure = url.protocol === 'https:'
  const { ca } = asking.deps
  const options = {
    host: pinned,
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'Postern',
      connection: 'close',
    },
    // A connection of its own: none that was opened for another name.
    agent: false,
    signal: asking.signal,
    // The certificate must be that of the name, not of the address.
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
  }
  return answerOf(isSecure ? httpsRequest(options) : httpRequest(options), asking)
}

/** One of them is called, and only when none of them is ours. */
async function publicAddressOf(host: string, { deps, signal }: Asking): Promise<string> {
  const { resolve, allow = isPublicAddress } = deps
  const addresses = isIP(host) > 0 ? [host] : await abortable(resolve(host), signal)
  // More of the machines we run on have a way over IPv4.
  const first = addresses.find((address) => isIP(address) === 4) ?? addresses[0]
  if (first === undefined) throw new FetchFault('not_found')
  if (!addresses.every((address) => allow(address))) {
    throw new FetchFault('not_public', { isFinal: true })
  }
  return first
}

function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function answerOf(request: ClientRequest, { limits, deps }: Asking): Promise<IncomingMessage> {
  const { allow = isPublicAddress } = deps
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => request.destroy(new FetchFault('timeout')), limits.connectMs)
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        // The last word has the connection itself.
        if (allow(socket.remoteAddress ?? '')) return
        request.destroy(new FetchFault('not_public', { isFinal: true }))
      })
      socket.once('secureConnect', () => clearTimeout(late))
      if (!('encrypted' in socket)) socket.once('connect', () => clearTimeout(late))
    })
    request.on('response', resolve)
    request.on('error', reject)
    request.on('close', () => clearTimeout(late))
    request.end()
  })
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  if (!redirects.has(statusCode)) return undefined
  const { location } = headers
  const isUsable = location !== undefined && URL.canParse(location, from.href)
  const next = isUsable ? new URL(location, from) : undefined
  // What was asked for over TLS is not fetched without.
  if (!next || (from.protocol === 'https:' && next.protocol !== 'https:')) {
    throw new FetchFault('bad_redirect', { isFinal: true })
  }
  next.hash = ''
  return next
}

async function readFile(answer: IncomingMessage, bytesMax: number): Promise<FetchedFile> {
  try {
    refuseUnwanted(answer, bytesMax)
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new FetchFault('too_large', { isFinal: true })
      chunks.push(chunk)
    }
    return { bytes: Buffer.concat(chunks), contentType: answer.headers['content-type'] ?? '' }
  } catch (error) {
    if (error instanceof FetchFault) throw error
    throw new FetchFault('cut_short', { cause: error })
  } finally {
    answer.destroy()
  }
}

function refuseUnwanted({ statusCode, headers }: IncomingMessage, bytesMax: number): void {
  if (statusCode !== 200) throw new FetchFault('refused_status')
  const encoding = headers['content-encoding'] ?? 'identity'
  // Unpacked it could be any size.
  if (encoding.toLowerCase() !== 'identity') throw new FetchFault('encoded', { isFinal: true })
  if (Number(headers['content-length'] ?? 0) > bytesMax) {
    throw new FetchFault('too_large', { isFinal: true })
  }
}
