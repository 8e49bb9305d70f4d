/**
 * Hands out the dashboard: its files by their names, and index.html for every other page. The files are in memory, so
 * what was looked through for secrets is what is served, and a process that has become its own user still has them.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type BundleFile,
  type BundleFinding,
  checkBundle,
  type KnownSecrets,
} from '../core/bundle/check-bundle.ts'
import { StartRefused } from '../process/run.ts'

export interface DashboardOptions {
  /** Of `readBundle`, read before the process has become its own user. */
  files: readonly BundleFile[]
  /** None of these may stand in a file; `environmentSecrets` gives those of this process. */
  secrets: KnownSecrets
  /** Origins whose pages may be shown in a frame: where previews of messages come from. */
  frameOrigins?: readonly string[]
}

interface Served {
  bytes: Buffer
  packed: Buffer | undefined
  etag: string
  contentType: string
  cacheControl: string
}

const page = 'index.html'
const contentTypes: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
}
const text = /^(text\/|image\/svg)/
/** Names in this folder carry a hash of the content: they never come to mean something else. */
const hashed = /^assets\/.+-[\w-]{8,}\.\w+$/
const yearSeconds = 31_536_000

export async function dashboardFiles(
  app: FastifyInstance,
  { files, secrets, frameOrigins = [] }: DashboardOptions,
): Promise<void> {
  refuseBundle(files, checkBundle(files, secrets))
  const served = new Map(files.map((file) => [file.path, serve(file)]))
  const headers = pageHeaders(frameOrigins)
  app.get('/*', async (request, reply) => {
    const path = pathOf(request)
    if (isOfTheApi(path)) return reply.callNotFound()
    const file = served.get(path)
    // A file that is gone is said to be gone: a page in the place of a script would only confuse.
    if (!file && /^assets\/|\.\w+$/.test(path)) return reply.callNotFound()
    reply.headers(headers)
    return send(request, reply, file ?? pageFile(served))
  })
}

function refuseBundle(files: readonly BundleFile[], found: readonly BundleFinding[]): void {
  if (!files.some(({ path }) => path === page)) {
    throw new StartRefused(
      'The dashboard has not been built; run `node scripts/install.mjs`, which builds it.',
    )
  }
  const [first] = found
  if (!first) return
  const more = found.length > 1 ? ` and ${found.length - 1} more` : ''
  throw new StartRefused(
    `The dashboard's files hold a secret, which every visitor could read: ${first.kind} in ${first.file} at byte ${first.offset}${more}. Take it out of the sources, rotate it, and build again; \`postern bundle check\` lists all.`,
  )
}

function serve({ path, bytes }: BundleFile): Served {
  const contentType = contentTypes[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  return {
    bytes,
    packed: text.test(contentType) ? gzipSync(bytes, { level: 9 }) : undefined,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    contentType,
    cacheControl: hashed.test(path) ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
  }
}

function pageHeaders(frameOrigins: readonly string[]): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "font-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      `frame-src ${frameOrigins.length > 0 ? frameOrigins.join(' ') : "'none'"}`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}

/** Without the first slash and the query; names are compared as they stand, so nothing leads out of the bundle. */
function pathOf({ url }: FastifyRequest): string {
  const end = url.indexOf('?')
  return url.slice(1, end < 0 ? undefined : end)
}

function isOfTheApi(path: string): boolean {
  return path === 'api' || path.startsWith('api/')
}

function pageFile(served: ReadonlyMap<string, Served>): Served {
  const file = served.get(page)
  if (!file) throw new Error('the bundle was taken without its page')
  return file
}

function send(request: FastifyRequest, reply: FastifyReply, file: Served): FastifyReply {
  reply.header('cache-control', file.cacheControl).header('etag', file.etag)
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  reply.type(file.contentType)
  if (!file.packed) return reply.send(file.bytes)
  reply.header('vary', 'accept-encoding')
  const takesPacked = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(
    String(request.headers['accept-encoding'] ?? ''),
  )
  return takesPacked
    ? reply.header('content-encoding', 'gzip').send(file.packed)
    : reply.send(file.bytes)
}
