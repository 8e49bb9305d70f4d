/** A transaction on its way through the steps of RFC 5321 §3.3, and what each reply means for the next step. */
import type { Reply } from '../../mail/reply.ts'
import type { Answer, Job, Phase } from './transaction.ts'

/** A transaction that waits for its answer. */
export interface Waiting {
  job: Job
  enqueuedAtMs: number
  /** Connections that ended under it before the host could have taken it. */
  lostConnections: number
  resolve(answer: Answer): void
  reject(error: Error): void
}

export type CommandStep = 'reset' | 'mail' | 'rcpt' | 'data'
export type Step = CommandStep | 'sending' | 'dot'

export const phaseOf: Record<Step, Phase> = {
  reset: 'mail',
  mail: 'mail',
  rcpt: 'rcpt',
  data: 'data',
  sending: 'data',
  dot: 'dot',
}

export interface Outcome {
  reply: Reply
  phase: Phase
}

export interface Running {
  waiting: Waiting
  conversation: string[]
  startedAtMs: number
  mailAccepted: boolean
  rcptAccepted: boolean
  /** The first no; the replies after it add nothing. */
  refusal: Outcome | undefined
}

export type Move =
  | { kind: 'advance'; step: CommandStep }
  | { kind: 'message' }
  /** RFC 2920 §3.1: a 354 without a valid recipient is answered with the dot alone. */
  | { kind: 'lone dot' }
  /** `reset`: the host may still hold the envelope. */
  | { kind: 'finish'; outcome: Outcome; reset: boolean }
  | { kind: 'break'; reason: string }

interface Heard {
  step: Step
  reply: Reply
  pipelining: boolean
}

const outOfPlace: Move = {
  kind: 'break',
  reason: 'the host sent a reply that does not fit the command',
}

/** Notes the reply in `running` and says what to do. A 421 is not for here. */
export function nextMove(running: Running, { step, reply, pipelining }: Heard): Move {
  switch (step) {
    case 'reset':
      return isYes(reply) ? { kind: 'advance', step: 'mail' } : outOfPlace
    case 'mail':
      return afterMail(running, reply, pipelining)
    case 'rcpt':
      return afterRcpt(running, reply, pipelining)
    case 'data':
      return afterData(running, reply)
    case 'sending':
      if (isNo(reply)) running.refusal = { reply, phase: 'data' }
      return { kind: 'break', reason: 'the host replied before the message was whole' }
    case 'dot':
      if (!isYes(reply) && !isNo(reply)) return outOfPlace
      return {
        kind: 'finish',
        outcome: running.refusal ?? { reply, phase: 'dot' },
        reset: false,
      }
  }
}

function afterMail(running: Running, reply: Reply, pipelining: boolean): Move {
  running.mailAccepted = isYes(reply)
  if (running.mailAccepted) return { kind: 'advance', step: 'rcpt' }
  if (!isNo(reply)) return outOfPlace
  running.refusal = { reply, phase: 'mail' }
  if (pipelining) return { kind: 'advance', step: 'rcpt' }
  return { kind: 'finish', outcome: running.refusal, reset: false }
}

function afterRcpt(running: Running, reply: Reply, pipelining: boolean): Move {
  running.rcptAccepted = isYes(reply)
  if (running.rcptAccepted) return { kind: 'advance', step: 'data' }
  if (!isNo(reply)) return outOfPlace
  running.refusal ??= { reply, phase: 'rcpt' }
  if (pipelining) return { kind: 'advance', step: 'data' }
  return { kind: 'finish', outcome: running.refusal, reset: true }
}

function afterData(running: Running, reply: Reply): Move {
  if (isYes(reply)) return outOfPlace
  if (isNo(reply)) {
    running.refusal ??= { reply, phase: 'data' }
    return { kind: 'finish', outcome: running.refusal, reset: running.mailAccepted }
  }
  if (!running.refusal) return { kind: 'message' }
  // An empty message must not go to a recipient whom the host accepted in spite of its no to MAIL.
  return running.rcptAccepted ? outOfPlace : { kind: 'lone dot' }
}

function isYes({ code }: Reply): boolean {
  return code < 300
}

function isNo({ code }: Reply): boolean {
  return code >= 400
}
