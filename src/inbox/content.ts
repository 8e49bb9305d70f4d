/**
 * The second origin: serves the HTML of one message to the sandboxed frame, and its attachments. It has a port of its
 * own, so that what a stranger wrote never runs in the origin of the page and its API, whatever the
 * browser lets through.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Clock } from '../lib/clock.ts'
import { isUuid } from '../lib/uuid.ts'
import { displayAttachment, displayHtml } from './display.ts'
import { attachmentDisposition } from './disposition.ts'
import { webLimits } from './limits.ts'
import { listenLocally } from './listen.ts'
import { refuseForeignHost } from './local-host.ts'
import type { StoredMessage } from './record.ts'
import type { Store } from './store.ts'

export interface ContentOptions {
  /** 0 means any free port. */
  port: number
  /** Null until the vault has given the key. */
  store: () => Store | null
  clock: Clock
  /** 32 random bytes: whoever has them can make addresses. */
  secret: Buffer
  onTrouble: (error: unknown) => void
}

export interface ContentServer {
  port: number
  /** The address of a message's HTML, and the stem of its attachments'; it works for ten minutes. */
  addressOf: (id: string) => string
  close: () => Promise<void>
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    'sandbox',
    "default-src 'none'",
    'img-src data: cid:',
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "base-uri 'none'",
    'frame-ancestors http://127.0.0.1:* http://localhost:*',
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'cache-control': 'no-store',
}

export async function startContent(options: ContentOptions): Promise<ContentServer> {
  const { clock, secret } = options
  const server = createServer((request, response) => {
    if (refuseForeignHost(request, response)) return
    serve(options, request, response).catch((error: unknown) => {
      options.onTrouble(error)
      refuse(response, 500, 'This message cannot be shown; the log of the inbox says why.')
    })
  })
  server.keepAliveTimeout = webLimits.keepAliveMs
  const port = await listenLocally(server, options.port)
  return {
    port,
    addressOf: (id) => {
      const expiresAtSeconds = Math.floor(clock.now() / 1000) + webLimits.contentSeconds
      const token = tokenFor(secret, id, expiresAtSeconds)
      return `http://127.0.0.1:${port}/content/${id}/${token}`
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function serve(
  { store, clock, secret }: ContentOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, folder, id = '', token = '', ...part] = (request.url ?? '').split('/')
  const isAddress = folder === 'content' && isUuid(id) && isPart(part)
  if (request.method !== 'GET' || !isAddress || !isToken(secret, id, token)) {
    refuse(response, 404, 'There is nothing here.')
  } else if (expiryOf(token) * 1000 < clock.now()) {
    refuse(response, 410, 'This view has expired. Open the message again.')
  } else {
    const message = await store()?.find(id)
    if (!message) refuse(response, 404, 'This message is gone.')
    else if (part.length === 0) await serveHtml(message, response)
    else await serveAttachment(message, Number(part[1]), response)
  }
}

/** Nothing, or `attachments` and a place in their list. */
function isPart([folder, index, ...more]: string[]): boolean {
  if (folder === undefined) return true
  return folder === 'attachments' && /^\d{1,4}$/.test(index ?? '') && more.length === 0
}

async function serveHtml(message: StoredMessage, response: ServerResponse): Promise<void> {
  const html = await displayHtml(message)
  if (html === null) refuse(response, 404, 'This message has no HTML.')
  else response.writeHead(200, headers).end(html)
}

/** Always as bytes to save: no browser is told what a stranger says it is. */
async function serveAttachment(
  message: StoredMessage,
  index: number,
  response: ServerResponse,
): Promise<void> {
  const file = await displayAttachment(message, index)
  if (!file) {
    refuse(response, 404, 'This message has no such attachment.')
    return
  }
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/octet-stream',
    'content-length': file.bytes.length,
    'content-disposition': attachmentDisposition(file.filename ?? `attachment-${index + 1}`),
  })
  response.end(file.bytes)
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  if (!response.headersSent) response.writeHead(status, headers)
  response.end(`<!doctype html><title>${status}</title><p style="font:15px sans-serif">${sentence}`)
}

/** Expiry in the clear and the proof that we wrote it: nothing has to be remembered. */
function tokenFor(secret: Buffer, id: string, expiresAtSeconds: number): string {
  const mac = createHmac('sha256', secret)
    .update(`${id.toLowerCase()} ${expiresAtSeconds}`)
    .digest('base64url')
  return `${expiresAtSeconds}.${mac}`
}

function isToken(secret: Buffer, id: string, token: string): boolean {
  const expected = Buffer.from(tokenFor(secret, id, expiryOf(token)))
  const given = Buffer.from(token)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function expiryOf(token: string): number {
  return Number.parseInt(token, 10) || 0
}
