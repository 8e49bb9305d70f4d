/** Every limit of submission. What a stranger may hold is small, what an account may hold is larger. */
import { rawRecipientsMax } from '../core/messages/raw-draft.ts'

const mebibyte = 1024 * 1024

export const lineLimits = {
  /** RFC 5321 §4.5.3.1.4 asks for 512 bytes; the parameters of the extensions and SMTPUTF8 need more. */
  commandBytesMax: 2048,
  /** RFC 4954 §4: a line of an AUTH exchange. */
  authBytesMax: 12_288,
} as const

export const messageLimits = {
  sizeBytesMax: 40 * mebibyte,
  /** RFC 5321 §4.5.3.1.6 and RFC 5322 §2.1.1, without the CRLF. */
  lineBytesMax: 998,
  /** As at the other doors for raw messages. */
  recipientsMax: rawRecipientsMax,
} as const

export interface SmtpLimits {
  sessionsMax: number
  /** Sessions from one IPv4 address, or one /64 of IPv6. */
  sessionsPerAddressMax: number
  sessionsPerAccountMax: number
  messagesPerSessionMax: number
  /** Commands in a row that were refused, before the session ends. */
  refusedInARowMax: number
  /** Bytes of all messages together that are being received or stored. */
  messageBytesInFlightMax: number
  /** What a client has sent ahead while an answer is outstanding, before it is read no further. */
  inputBytesMax: number
  /** Replies a client has not read, before its commands wait. */
  unreadBytesMax: number
  /** RFC 5321 §4.5.3.2.7 asks for five minutes. */
  idleMs: number
  /** From the connection, or from STARTTLS, to the end of a handshake of TLS. */
  handshakeMs: number
  /** From the connection to AUTH: a stranger may not stay. */
  strangerMs: number
  /** From MAIL to the reply to the message. */
  transactionMs: number
  /** How old the knowledge about a session's key may grow while nothing happens. */
  recheckMs: number
  /** How often sessions are looked at; adds to each of the times above. */
  sweepMs: number
  /** How long the last reply may take to be read. */
  lingerMs: number
  /** Failed AUTH commands from one address within the time below, before more are refused unseen. */
  failuresMax: number
  failuresMs: number
  /** How long a message waits for its account's rate before the client is told to come again. */
  paceMs: number
}

export const smtpLimits: SmtpLimits = {
  sessionsMax: 2_000,
  sessionsPerAddressMax: 200,
  sessionsPerAccountMax: 100,
  messagesPerSessionMax: 10_000,
  refusedInARowMax: 20,
  messageBytesInFlightMax: 128 * mebibyte,
  inputBytesMax: 16 * 1024,
  unreadBytesMax: 64 * 1024,
  idleMs: 5 * 60_000,
  handshakeMs: 20_000,
  strangerMs: 60_000,
  transactionMs: 15 * 60_000,
  recheckMs: 1_000,
  sweepMs: 500,
  lingerMs: 3_000,
  failuresMax: 20,
  failuresMs: 60_000,
  paceMs: 20_000,
}
