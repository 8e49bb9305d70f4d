/** The inbox's page, its JSON and its stream, on loopback only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Answer, busy, notAllowed, refusal, unavailable } from './answer.ts'
import { type ApiDeps, answerApi } from './api.ts'
import { isCrossSite } from './cross-site.ts'
import { webLimits } from './limits.ts'
import { listenLocally } from './listen.ts'
import { refuseForeignHost } from './local-host.ts'
import { pageFiles } from './page.ts'
import { Stream } from './stream.ts'

export interface WebOptions extends ApiDeps {
  /** 0 means any free port. */
  port: number
  /** The second origin's port: the only one from which the page may show a frame. */
  contentPort: number
  onTrouble: (error: unknown) => void
}

export interface WebServer {
  port: number
  stream: Stream
  close: () => Promise<void>
}

export async function startWeb(options: WebOptions): Promise<WebServer> {
  const stream = new Stream()
  const headers = pageHeaders(options.contentPort)
  const server = createServer((request, response) => {
    if (refuseForeignHost(request, response)) return
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    serve({ ...options, stream }, request, response).catch((error: unknown) => {
      options.onTrouble(error)
      send(response, refusal(500, 'internal_error', 'The inbox failed; its log says why.'))
    })
  })
  server.maxConnections = 4 * webLimits.streamsMax
  server.keepAliveTimeout = webLimits.keepAliveMs
  const port = await listenLocally(server, options.port)
  return {
    port,
    stream,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      stream.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function pageHeaders(contentPort: number): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      `frame-src http://127.0.0.1:${contentPort}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  }
}

type ServeDeps = WebOptions & { stream: Stream }

async function serve(
  deps: ServeDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Only path and query are used; the base is there because a URL must have one.
  const url = URL.parse(request.url ?? '/', 'http://inbox.invalid')
  const { method = '' } = request
  const isReading = method === 'GET' || method === 'HEAD'
  const file = pageFiles.get(url?.pathname ?? '')
  if (!isReading && isCrossSite(request)) {
    send(response, refusal(403, 'cross_site', 'Another site’s page may change nothing here.'))
  } else if (url?.pathname.startsWith('/api/')) {
    const isStream = url.pathname === '/api/stream' && method === 'GET'
    if (isStream) openStream(deps, response)
    else send(response, await answerApi(deps, method, url))
  } else if (!isReading) {
    send(response, notAllowed('GET, HEAD'))
  } else if (file) {
    response.writeHead(200, { 'content-type': file.contentType }).end(file.bytes)
  } else {
    send(response, refusal(404, 'not_found', 'There is no such page; the inbox is at /.'))
  }
}

function openStream({ store, stream }: ServeDeps, response: ServerResponse): void {
  if (!store()) send(response, unavailable())
  else if (stream.isFull) send(response, busy('open pages'))
  else stream.add(response)
}

function send(response: ServerResponse, { status, body, bytes, headers }: Answer): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(bytes ?? JSON.stringify(body))
}
