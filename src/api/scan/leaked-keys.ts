/**
 * POST /scan/leaked-keys: scanners of public code report API keys they have found, which end at once. To everybody but a
 * scanner the operator has named it gives one answer, before it has looked at anything: it says of no key whether it works.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseJsonBody } from '../../lib/json-body.ts'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { sendError } from '../resend/dialect.ts'
import { ReportSignatures } from './report-signatures.ts'

export const tokensMax = 100
/** Of callers from one address. */
export const callsPerSecond = 20
const bodyBytesMax = 256 * 1024
const textLengthMax = 2_048

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether a scanner has signed the body. */
    isReport: boolean
  }
}

export async function leakedKeyRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const signatures = new ReportSignatures(deps.scanners ?? [])
  const rate = new RateLimit(deps.clock)
  app.decorateRequest('isReport', false)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    '*',
    { parseAs: 'buffer' },
    async (_: unknown, body: Buffer) => body,
  )
  app.addHook('onRequest', async ({ ip }) => {
    if (!rate.take(ip, callsPerSecond).allowed) throw tooMany()
  })
  app.setErrorHandler((error, request, reply) => answerFault(error, { request, reply, deps }))
  app.route({
    method: 'POST',
    url: '/scan/leaked-keys',
    config: { documented: false },
    bodyLimit: bodyBytesMax,
    handler: async (request) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      request.isReport = signatures.isSigned({ ...readHeaders(request), body })
      if (!request.isReport) throw notSigned()
      const tokens = readTokens(parseJsonBody(body))
      await deps.leaks.take(tokens)
      return { object: 'leaked_keys', received: tokens.length }
    },
  })
}

/** GitHub's secret scanning has names of its own for the same two. */
function readHeaders({ headers }: FastifyRequest): { keyId: string; signature: string } {
  const keyId = headers['postern-scanner-key'] ?? headers['github-public-key-identifier']
  const signature = headers['postern-scanner-signature'] ?? headers['github-public-key-signature']
  return { keyId: String(keyId ?? ''), signature: String(signature ?? '') }
}

/** `type` and `url` are for people; nothing here depends on them. */
function readTokens(body: unknown): string[] {
  if (!Array.isArray(body) || body.length === 0 || body.length > tokensMax) {
    throw new Refusal('invalid_input', `The body must be an array of 1 to ${tokensMax} findings.`)
  }
  return body.map((finding: unknown, index) => {
    const { token } = Object(finding) as { token?: unknown } // of any value an object, perhaps without one
    if (typeof token === 'string' && token.length <= textLengthMax) return token
    throw new Refusal(
      'invalid_input',
      `Finding ${index + 1} must have a \`token\`, a string of at most ${textLengthMax} characters.`,
    )
  })
}

/** Whatever is wrong with what nobody has signed, the answer is the same. */
function answerFault(
  error: unknown,
  { request, reply, deps }: { request: FastifyRequest; reply: FastifyReply; deps: ApiDeps },
): FastifyReply {
  const isLimit = error instanceof Refusal && error.code === 'rate_limited'
  const said = request.isReport || isLimit ? error : notSigned()
  return sendError(said, { request, reply, deps })
}

function notSigned(): Refusal {
  return new Refusal(
    'missing_key',
    'The report must be signed with the key of a scanner that this installation knows; see docs/keys.md.',
  )
}

function tooMany(): Refusal {
  return new Refusal(
    'rate_limited',
    `Too many reports: at most ${callsPerSecond} a second. Wait for the seconds in retry-after; a report takes ${tokensMax} keys.`,
    { retryAfterSeconds: 1 },
  )
}
