/** One SMTP transaction as its caller sees it: one message for one recipient at one host, and what came of it. */
import type { Reply } from '../../mail/reply.ts'

export interface Job {
  /** A name to be looked up, or an address. */
  host: string
  port: number
  /** The return path without angle brackets; empty for the null return path. */
  mailFrom: string
  recipient: string
  /** The wire form: dot-stuffed, ending in CRLF, without the final dot. */
  message: Buffer | Buffer[]
  /** Size of the message before dot-stuffing, as SIZE counts it (RFC 1870 §6). */
  bytes: number
  /** The message has octets above 127: BODY=8BITMIME (RFC 6152). */
  eightBit: boolean
  /** An address or header needs SMTPUTF8 (RFC 6531). */
  smtpUtf8: boolean
  /** Only over TLS. Its connections are its own: none of them is in clear. */
  requiresTls: boolean
}

/** How far a transaction came: the last step that was under way. */
export type Phase = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'mail' | 'rcpt' | 'data' | 'dot'

export interface TlsFacts {
  version: string
  cipher: string
}

export interface Facts {
  phase: Phase
  tls: TlsFacts | null
  host: string
  /** null when nothing was connected. */
  remoteAddress: string | null
  /** Lines `C: …` and `S: …`, bounded, never the message. A kept connection's opening is in its first one only. */
  conversation: string[]
  durationMs: number
}

/** The host's word on this transaction, or ours where the host cannot carry the message at all. */
export interface Answered extends Facts {
  kind: 'answered'
  reply: Reply
}

/**
 * No answer about this recipient: the network, the greeting, the protocol. With phase `dot` the whole message was sent
 * and the host may have taken it: trying again, here or at the next host, may double it.
 */
export interface Unreachable extends Facts {
  kind: 'unreachable'
  /** A sentence without personal data, fit for logs. */
  reason: string
  /** TLS was demanded and could not be had. */
  lacksTls: boolean
}

export type Answer = Answered | Unreachable

/**
 * What `transact` throws when the message was not offered whole: the pool stops, or it waited too long for its turn.
 * Nothing was attempted, so the delivery can be released as it was.
 */
export class NotAttempted extends Error {
  override readonly name = 'NotAttempted'
}

/** Connections are kept by this key; it is also what `inFlight` takes. */
export function destinationOf({
  host,
  port,
  requiresTls,
}: Pick<Job, 'host' | 'port' | 'requiresTls'>): string {
  return `${host.toLowerCase()}:${port}${requiresTls ? ' over TLS' : ''}`
}
