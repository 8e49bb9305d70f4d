/** Bodies are read into memory whole, so only so many bytes of them are let in at a time; the rest is told to come again. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../lib/refusal.ts'

export interface BodyGateLimits {
  /** Of all bodies together. */
  bytesMax: number
  /** Of the large ones, so that small ones always find room. */
  largeBytesMax: number
  /** Of the large ones of one account, so that it leaves room for others. */
  accountBytesMax: number
}

/** A message with attachments of full size is parsed, decoded and sealed: some five times its bytes are then in memory. */
const defaultLimits: BodyGateLimits = {
  bytesMax: 128_000_000,
  largeBytesMax: 112_000_000,
  accountBytesMax: 56_000_000,
}

const largeFromBytes = 1_000_000

export class BodyGate {
  private readonly limits: BodyGateLimits
  private bytes = 0
  private largeBytes = 0
  private readonly ofAccounts = new Map<string, number>()

  constructor(limits: BodyGateLimits = defaultLimits) {
    this.limits = limits
  }

  /** Undefined when there is no room; otherwise to be called once when the request is over. */
  enter(accountId: string, bytes: number): (() => void) | undefined {
    const { bytesMax, largeBytesMax, accountBytesMax } = this.limits
    const large = bytes >= largeFromBytes ? bytes : 0
    const ofAccount = (this.ofAccounts.get(accountId) ?? 0) + large
    const fits =
      this.bytes + bytes <= bytesMax &&
      (large === 0 || (this.largeBytes + large <= largeBytesMax && ofAccount <= accountBytesMax))
    if (!fits) return undefined
    this.add(accountId, { bytes, large })
    return () => this.add(accountId, { bytes: -bytes, large: -large })
  }

  private add(accountId: string, { bytes, large }: { bytes: number; large: number }): void {
    this.bytes += bytes
    this.largeBytes += large
    const ofAccount = (this.ofAccounts.get(accountId) ?? 0) + large
    if (ofAccount === 0) this.ofAccounts.delete(accountId)
    else this.ofAccounts.set(accountId, ofAccount)
  }
}

/** For requests whose key has been checked, before their body is read. */
export function gateBodies(gate: BodyGate) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const bytes = bodyBytes(request)
    if (bytes === 0 || !request.sender) return
    const leave = gate.enter(request.sender.accountId, bytes)
    if (!leave) {
      throw new Refusal(
        'unavailable',
        'Too many large requests are being read at this moment; try again in some seconds.',
        { retryAfterSeconds: 2 },
      )
    }
    // It comes whether the answer was sent or the connection broke.
    reply.raw.once('close', leave)
  }
}

/** What is to be read of it: nothing of a body that is too large anyway, and all that is allowed where nobody says. */
function bodyBytes({ headers, routeOptions }: FastifyRequest): number {
  const { bodyLimit } = routeOptions
  if (headers['transfer-encoding'] !== undefined) return bodyLimit
  const length = Number(headers['content-length'] ?? 0)
  return length > bodyLimit ? 0 : length
}
