/**
 * Requests of API keys that are to be signed: what a signature must cover, how old it may be, and that it counts once.
 * All but the body is checked before the body is read; nobody without the private key gets that far.
 */
import type { FastifyRequest } from 'fastify'
import type { Sender } from '../core/messages/sender.ts'
import type { Clock } from '../lib/clock.ts'
import {
  type ContentDigest,
  derivedComponent,
  fieldValue,
  isDigested,
  isSignedBy,
  type MessageSignature,
  readContentDigest,
  readSignatures,
  signatureBase,
} from '../lib/http-signature.ts'
import { NonceMemory } from '../lib/nonce-memory.ts'
import { Refusal } from '../lib/refusal.ts'
import { type SignatureKey, signatureKeyOf } from '../lib/signature-key.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the body must be, where the request is signed over it. */
    contentDigests: ContentDigest[] | null
  }
}

const windowSeconds = 300
/** Some 20 MB. */
const noncesMax = 100_000
const nonceLength = { min: 16, max: 128 }

/** A key that takes signed requests only was shown without a signature that counts. */
export class Unsigned extends Refusal {
  readonly sender: Sender

  constructor(sender: Sender, what: string) {
    super('signature_needed', `This API key takes signed requests only. ${what}`)
    this.sender = sender
  }
}

export class SignedRequests {
  private readonly clock: Clock
  private readonly nonces: NonceMemory

  constructor(clock: Clock, entriesMax = noncesMax) {
    this.clock = clock
    this.nonces = new NonceMemory({ entriesMax, windowSeconds })
  }

  /** Refuses with `Unsigned`. Its body is for `demandSignedBody`. */
  demand(request: FastifyRequest, sender: Sender, kept: string): void {
    const refuse = (what: string) => new Unsigned(sender, what)
    const key = signatureKeyOf(kept)
    if (!key) throw new Error('vault has signed a key that is none')
    const signature = findSignature(request, sender, refuse)
    const created = this.demandParameters(signature, key, refuse)
    demandComponents(signature, request, refuse)
    const digests = digestsOf(signature, request, refuse)
    const made = signatureBase(signature, (name) => componentOf(request, name))
    if ('missing' in made) {
      throw refuse(
        `Its signature covers \`${made.missing}\`, which the request does not have; leave it out, or send it.`,
      )
    }
    if (!isSignedBy(key, made.base, signature.signature)) {
      throw refuse(
        'Its signature is not that of the key’s own private key over what was received; check the private key, the signature base (RFC 9421 section 2.5), and that no proxy changes method, path or headers.',
      )
    }
    this.demandNew(sender, created, refuse)
    request.contentDigests = digests
  }

  private demandParameters(
    { parameters }: MessageSignature,
    { algorithm }: SignatureKey,
    refuse: (what: string) => Unsigned,
  ): { createdAt: number; nonce: string } {
    const now = Math.floor(this.clock.now() / 1000)
    const createdAt = parameters.get('created')
    if (typeof createdAt !== 'number') {
      throw refuse('Its signature has no `created`; add the time in seconds since 1970.')
    }
    if (Math.abs(now - createdAt) > windowSeconds) {
      throw refuse(
        `Its \`created\` is more than ${windowSeconds} seconds from the time here, which is ${now}; set the clock right and sign anew.`,
      )
    }
    const expires = parameters.get('expires')
    if (expires !== undefined && !(typeof expires === 'number' && expires > now)) {
      throw refuse('Its `expires` is over; sign anew, or leave it out.')
    }
    if (parameters.get('alg') !== algorithm) {
      throw refuse(
        `Its \`alg\` must be \`${algorithm}\`, as the public key of this API key is; set it so.`,
      )
    }
    const nonce = parameters.get('nonce')
    const { min, max } = nonceLength
    if (typeof nonce !== 'string' || nonce.length < min || nonce.length > max) {
      throw refuse(
        `Its signature needs a \`nonce\` of ${min} to ${max} characters; make one at random for each request.`,
      )
    }
    return { createdAt, nonce }
  }

  private demandNew(
    { credentialId }: Sender,
    dated: { createdAt: number; nonce: string },
    refuse: (what: string) => Unsigned,
  ): void {
    const admitted = this.nonces.admit(credentialId, dated, Math.floor(this.clock.now() / 1000))
    if (admitted === true) return
    throw refuse(
      admitted === 'replayed'
        ? 'Its `nonce` was used before, and each signature counts once; sign anew with another.'
        : 'More signed requests came than are remembered, and this one is older than what is; sign anew.',
    )
  }
}

/** Once the body has been read, to its last byte as it came. */
export function demandSignedBody(request: FastifyRequest): void {
  const { contentDigests, bodyBytes, sender } = request
  if (!contentDigests || !sender || isDigested(contentDigests, bodyBytes ?? Buffer.alloc(0))) return
  throw new Unsigned(
    sender,
    'Its `Content-Digest` is not that of the body; make it of the very bytes that are sent.',
  )
}

type Refuse = (what: string) => Unsigned

function findSignature(
  request: FastifyRequest,
  { credentialId }: Sender,
  refuse: Refuse,
): MessageSignature {
  const { rawHeaders } = request.raw
  const input = fieldValue(rawHeaders, 'signature-input')
  const value = fieldValue(rawHeaders, 'signature')
  if (input === undefined || value === undefined) {
    const name = input === undefined ? 'Signature-Input' : 'Signature'
    throw refuse(
      `This request has no \`${name}\` header; sign it (RFC 9421) with the private key that belongs to the key.`,
    )
  }
  const found = readSignatures(input, value)
  if ('fault' in found) {
    throw refuse(
      found.fault === 'unreadable'
        ? `Its \`${found.field}\` header cannot be read; write it as RFC 9421 section 4 says.`
        : `Its signature covers \`${found.component}\` with parameters, which are not known here; cover it without.`,
    )
  }
  const own = found.find(({ parameters }) => parameters.get('keyid') === credentialId)
  if (own) return own
  throw refuse(`None of its signatures has the \`keyid\` "${credentialId}"; that is the key's id.`)
}

function demandComponents(
  { components }: MessageSignature,
  request: FastifyRequest,
  refuse: Refuse,
): void {
  const wanted = [
    '@method',
    '@path',
    ...(targetOf(request).includes('?') ? ['@query'] : []),
    'authorization',
    ...(hasBody(request) ? ['content-digest'] : []),
  ]
  const missing = wanted.filter((name) => !components.includes(name))
  if (missing.length === 0) return
  const names = missing.map((name) => `\`${name}\``).join(', ')
  throw refuse(`Its signature does not cover ${names}; add what is missing to its components.`)
}

/** Null where the signature covers no content, and none came. */
function digestsOf(
  { components }: MessageSignature,
  request: FastifyRequest,
  refuse: Refuse,
): ContentDigest[] | null {
  if (!components.includes('content-digest')) return null
  const field = fieldValue(request.raw.rawHeaders, 'content-digest')
  const digests = readContentDigest(field ?? '')
  if (digests && digests.length > 0) return digests
  throw refuse(
    'Its `Content-Digest` header has no digest that is known here; send `sha-256=:…:` or `sha-512=:…:` (RFC 9530).',
  )
}

function hasBody({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  return Number(headers['content-length'] ?? 0) !== 0
}

function targetOf({ raw }: FastifyRequest): string {
  return raw.url ?? ''
}

function componentOf(request: FastifyRequest, name: string): string | undefined {
  if (!name.startsWith('@')) return fieldValue(request.raw.rawHeaders, name)
  const { method, protocol: scheme, host: authority } = request
  return derivedComponent({ method, scheme, authority, target: targetOf(request) }, name)
}
