/** The policy of one attempt: what a host's answer means for the delivery, and when it is tried again. */
import { classifyReply, isHardBounce, type Reply } from '../mail/reply.ts'
import type { Answer, Phase } from './smtp/transaction.ts'

/** How one attempt ended. What the remote side does is a value; an exception is a bug of ours. */
export type Outcome =
  | { kind: 'delivered' | 'deferred' | 'bounced'; reply: Reply; suppress: boolean }
  | { kind: 'unreachable'; reason: string }
  /** Not offered to a host that answers, since the sender's domain demands TLS and there is none. */
  | { kind: 'withheld'; reason: string }

/** Only what was said of the recipient or of the message to it tells that the recipient is gone. */
const phasesAboutRecipient: ReadonlySet<Phase> = new Set(['rcpt', 'data', 'dot'])

export function outcomeOf(answer: Answer): Outcome {
  if (answer.kind === 'unreachable') {
    return { kind: answer.lacksTls ? 'withheld' : 'unreachable', reason: answer.reason }
  }
  const { reply, phase } = answer
  return {
    kind: classifyReply(reply),
    reply,
    suppress: phasesAboutRecipient.has(phase) && isHardBounce(reply),
  }
}

const minuteMs = 60_000
/** Minutes before the second, third … attempt; the last one repeats until the message expires. */
const retryMinutes = [1, 5, 15, 30, 60, 120]
/** A host that does not answer is often back within seconds, and trying it says nothing about the recipient. */
const unreachableMinutes = [1 / 6, 1, 5, 15, 30, 60, 120]
/** Waits vary by this share in both directions, so that what failed together does not come back together. */
const jitterShare = 0.2

export interface Trial {
  outcome: Outcome
  /** Attempts before this one. */
  attempts: number
  nowMs: number
  expiresAtMs: number
  /** From 0 to below 1. */
  random: number
}

export interface NextStep {
  state: 'queued' | 'delivered' | 'bounced' | 'expired'
  dueAtMs: number
}

/** A retry that would come after the message has expired comes at that moment, once; then it has expired. */
export function nextStep({ outcome, attempts, nowMs, expiresAtMs, random }: Trial): NextStep {
  if (outcome.kind === 'delivered' || outcome.kind === 'bounced') {
    return { state: outcome.kind, dueAtMs: nowMs }
  }
  if (nowMs >= expiresAtMs) return { state: 'expired', dueAtMs: nowMs }
  const minutes = outcome.kind === 'unreachable' ? unreachableMinutes : retryMinutes
  const wait = (minutes[attempts] ?? minutes.at(-1) ?? 0) * minuteMs
  const varied = Math.round(wait * (1 - jitterShare + 2 * jitterShare * random))
  return { state: 'queued', dueAtMs: Math.min(nowMs + varied, expiresAtMs) }
}
