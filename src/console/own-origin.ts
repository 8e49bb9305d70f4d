/**
 * Whether a request was meant for this console, and whether a page of another site made it. A web site can make its own
 * name point here (DNS rebinding), and can make a browser send requests with the cookies of the person who looks at it;
 * the names it had to use give both away.
 */
import type { FastifyRequest } from 'fastify'
import { isLoopbackAddress, isLoopbackName } from '../lib/loopback.ts'
import { DoorFault } from './errors.ts'

export interface OwnAddress {
  /** Such as `https://console.example.com`. */
  address: string
  /** On which address it listens. */
  bind: string
}

type Headers = Pick<FastifyRequest, 'headers'>['headers']

/** What only reads; every other method may change something. */
const readingMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The origin of our pages as a browser sees them under this Host; undefined when it is no name of ours. */
export function ownOrigin(host: string | undefined, own: OwnAddress): string | undefined {
  const named = host?.toLowerCase()
  if (named === undefined) return undefined
  if (named === new URL(own.address).host) return own.address
  // Any port, since it may be seen through a tunnel.
  const name = named.replace(/:\d{1,5}$/, '')
  return isLoopbackAddress(own.bind) && isLoopbackName(name) ? `http://${named}` : undefined
}

export function refuseForeignHost({ host }: Headers, own: OwnAddress): void {
  if (ownOrigin(host, own) !== undefined) return
  throw new DoorFault(
    'misdirected_request',
    `This console answers at ${own.address} only. Open it there; its operator sets the address with POSTERN_CONSOLE_URL, and a proxy before it must pass the Host header on.`,
  )
}

/** Browsers send both headers with whatever changes something, and no page can forge them. */
export function refuseCrossSite(
  { method, headers }: { method: string; headers: Headers },
  own: OwnAddress,
): void {
  if (readingMethods.has(method)) return
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  const isOurs = origin !== undefined && origin === ownOrigin(host, own)
  if (isOurs && (site === undefined || site === 'same-origin')) return
  throw new DoorFault(
    'cross_site',
    'Only pages of this console may change something here: the request must name its address in the Origin header.',
  )
}
