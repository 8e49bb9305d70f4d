/** The inbox's page, its JSON and its stream, on loopback only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Answer, type ApiDeps, answerApi, refusal, unavailable } from './api.ts'
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

async function serve(
  deps: WebOptions & { stream: Stream },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Only path and query are used; the base is there because a URL must have one.
  const url = URL.parse(request.url ?? '/', 'http://inbox.invalid')
  const file = pageFiles.get(url?.pathname ?? '')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    send(response, refusal(405, 'method_not_allowed', 'The inbox can only be read: use GET.'))
  } else if (file) {
    response.writeHead(200, { 'content-type': file.contentType }).end(file.bytes)
  } else if (url?.pathname === '/api/stream' && deps.store()) {
    openStream(deps.stream, response)
  } else if (url?.pathname.startsWith('/api/')) {
    send(response, await answerApi(deps, url))
  } else {
    send(response, refusal(404, 'not_found', 'There is no such page; the inbox is at /.'))
  }
}

function openStream(stream: Stream, response: ServerResponse): void {
  if (!stream.isFull) {
    stream.add(response)
    return
  }
  const rule = `At most ${webLimits.streamsMax} pages can follow the inbox at once.`
  send(response, { ...unavailable(), ...refusal(503, 'limit_reached', rule) })
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}
