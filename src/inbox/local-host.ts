import type { IncomingMessage, ServerResponse } from 'node:http'

const localHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

/**
 * Refuses a request whose Host is not this machine. A web site can make its own name point to
 * 127.0.0.1 (DNS rebinding) and would then read the inbox as its own origin; the name it had to use
 * gives it away. Any port passes, since the inbox may be seen through a tunnel.
 */
export function refuseForeignHost(request: IncomingMessage, response: ServerResponse): boolean {
  if (localHost.test(request.headers.host ?? '')) return false
  response.writeHead(421, { 'content-type': 'application/json; charset=utf-8' })
  response.end(
    JSON.stringify({
      name: 'misdirected_request',
      message: 'The inbox answers only to 127.0.0.1, localhost and [::1]; use one of them.',
    }),
  )
  return true
}
