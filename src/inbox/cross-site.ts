import type { IncomingMessage } from 'node:http'

/**
 * A request that another site's page made. Programs send neither header; browsers send both with
 * whatever changes something, and no page can forge them. The second origin is another one too.
 */
export function isCrossSite({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const { origin, host } = headers
  return origin !== undefined && URL.parse(origin)?.host !== host
}
