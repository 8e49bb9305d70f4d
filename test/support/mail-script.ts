/** What a scripted mail host hears, and what its script may answer. */

export type Step =
  | 'greeting'
  | 'ehlo'
  | 'helo'
  | 'starttls'
  | 'mail'
  | 'rcpt'
  | 'data'
  /** The first bytes of a message have come. */
  | 'message'
  | 'dot'
  | 'rset'
  | 'quit'
  | 'other'

export interface Heard {
  step: Step
  /** The command line, or at `dot` the source of the message unless only counted. */
  text: string
  /** Numbers count from 1; messages those that got as far as the dot on this connection. */
  connection: number
  message: number
  /** Resolves once input that is not yet answered contains this text, or the client is gone. */
  until(text: string): Promise<void>
}

/** A string is the reply without its last CRLF, sent as it is. `drop` ends the connection, `silent` says nothing ever after. */
export type Move = string | { drop: true } | { silent: true } | undefined
export type Script = (heard: Heard) => Move | Promise<Move>

export interface Received {
  mailFrom: string
  recipients: string[]
  /** Without dot-stuffing; empty when messages are only counted. */
  source: Buffer
  secure: boolean
  connection: number
  /** RUN:SEQ of a `[pb:RUN:SEQ]` in the subject. */
  id: string | undefined
}

const steps: Record<string, Step> = {
  EHLO: 'ehlo',
  HELO: 'helo',
  STARTTLS: 'starttls',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'rset',
  QUIT: 'quit',
}

export function stepOf(line: string): Step {
  return steps[line.slice(0, 8).split(/[ :]/)[0]!.toUpperCase()] ?? 'other'
}

export function pathOf(line: string): string {
  return /<(.*?)>/.exec(line)?.[1] ?? ''
}
