/** One delivery, from the signed message to the words of the host and what follows from them. */
import type { KeyObject } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { seal, sealClass } from '../lib/seal.ts'
import { needsSmtpUtf8 } from '../mail/address.ts'
import { makeReturnPath } from '../mail/verp.ts'
import type { Log } from '../process/log.ts'
import { nextStep, type Outcome, outcomeOf } from './attempt.ts'
import { deliveryName, type Held, type InFlight } from './in-flight.ts'
import type { AttemptFacts, OutcomeWriter } from './outcomes.ts'
import type { PreparedMessage } from './prepare.ts'
import type { Returns } from './returns.ts'
import type { FindRoute } from './route.ts'
import { domainOf } from './route.ts'
import { type Answer, type Job, NotAttempted, type Phase } from './smtp/transaction.ts'

export interface DeliveryDeps {
  transact: (job: Job) => Promise<Answer>
  findRoute: FindRoute
  /** Authenticates return paths. */
  returnPathKey: KeyObject
  hostname: string
  clock: Clock
  /** From 0 to below 1. */
  random: () => number
  inFlight: InFlight
  outcomes: Pick<OutcomeWriter, 'add'>
  returns: Pick<Returns, 'add'>
  log: Log
}

const hostSilentPhases: ReadonlySet<Phase> = new Set(['connect', 'greeting', 'ehlo', 'starttls'])

export async function deliverMessage(
  held: Held,
  message: PreparedMessage,
  deps: DeliveryDeps,
): Promise<void> {
  const startedAtMs = deps.clock.now()
  const job = makeJob(held, message, deps)
  let answer: Answer
  try {
    answer = await deps.transact(job)
  } catch (error) {
    if (!(error instanceof NotAttempted)) throw error
    deps.returns.add(held, startedAtMs)
    return
  }
  const { destination } = held.row
  const outcome = outcomeOf(answer)
  if (answer.kind === 'answered') deps.inFlight.resume(destination)
  else if (outcome.kind === 'unreachable' && hostSilentPhases.has(answer.phase)) {
    deps.inFlight.pause(destination)
  }
  settle(held, { startedAtMs, outcome, answer, message }, deps)
}

function makeJob(held: Held, message: PreparedMessage, deps: DeliveryDeps): Job {
  const { messageId, n } = held.row
  const { envelope, wire, bytes, hasUtf8Headers, isEightBit, returnPath } = message
  const recipient = envelope.recipients[n]
  if (recipient === undefined) throw new RangeError('the envelope has no such recipient')
  const { host, port, isInbox = false } = deps.findRoute(domainOf(recipient))
  return {
    host,
    port,
    mailFrom: makeReturnPath({ messageId, n }, deps.returnPathKey, returnPath ?? deps.hostname),
    recipient,
    message: wire,
    bytes,
    eightBit: isEightBit,
    smtpUtf8: hasUtf8Headers || needsSmtpUtf8(recipient),
    requiresTls: envelope.requiresTls === true && !isInbox,
  }
}

interface Ended {
  startedAtMs: number
  outcome: Outcome
  answer: Answer
  message: PreparedMessage
}

function settle(held: Held, ended: Ended, deps: DeliveryDeps): void {
  const { row } = held
  const { outcome, answer, message } = ended
  const next = nextStep({
    outcome,
    attempts: row.attempts,
    nowMs: deps.clock.now(),
    expiresAtMs: row.expiresAt.getTime(),
    random: deps.random(),
  })
  const reply = 'reply' in outcome ? outcome.reply : null
  const facts: AttemptFacts = {
    outcome: outcome.kind === 'withheld' ? 'deferred' : outcome.kind,
    nextState: next.state,
    dueAt: new Date(next.dueAtMs),
    startedAt: new Date(ended.startedAtMs),
    host: answer.host,
    tls: answer.tls?.version ?? null,
    selector: message.selector,
    replyCode: reply?.code ?? null,
    enhancedCode: reply?.enhanced ?? null,
    durationMs: Math.round(answer.durationMs),
    suppress: suppresses(outcome),
    conversationSealed: sealConversation(held, ended),
    addressSealed: suppresses(outcome) ? sealAddress(held, message) : null,
  }
  deps.outcomes.add(held, facts)
  if (outcome.kind !== 'delivered') logAttempt(held, facts, deps.log)
}

/** What was said quotes addresses. The whole conversation is of interest only where something went wrong. */
function sealConversation({ row }: Held, { outcome, answer, message }: Ended): Buffer {
  const words = { reply: wordsOf(outcome) }
  const told =
    outcome.kind === 'delivered' ? words : { ...words, conversation: linesOf(outcome, answer) }
  return sealTold(row, message.key, told)
}

/** The host's, or ours where we did not offer it the message. */
function wordsOf(outcome: Outcome): string[] {
  if ('reply' in outcome) return outcome.reply.lines
  return outcome.kind === 'withheld' ? [`its domain demands TLS, and ${outcome.reason}`] : []
}

function sealTold({ accountId, messageId }: Held['row'], key: KeyObject, told: object): Buffer {
  const name = { accountId, recordId: messageId, class: sealClass.conversation }
  return seal(key, name, Buffer.from(JSON.stringify(told)))
}

function suppresses(outcome: Outcome): boolean {
  return 'reply' in outcome && outcome.suppress
}

/** For the list of suppressions: the address outlives its message there. */
function sealAddress({ row }: Held, { key, envelope }: PreparedMessage): Buffer {
  const name = { accountId: row.accountId, recordId: row.messageId, class: sealClass.address }
  return seal(key, name, Buffer.from(envelope.recipients[row.n] ?? ''))
}

function linesOf(outcome: Outcome, { conversation }: Answer): string[] {
  return 'reply' in outcome ? conversation : [...conversation, `* ${outcome.reason}`]
}

function logAttempt({ row }: Held, facts: AttemptFacts, log: Log): void {
  const fields = {
    messageId: row.messageId,
    deliveryId: deliveryName(row),
    accountId: row.accountId,
    host: facts.host,
    attempt: row.attempts + 1,
    state: facts.nextState,
    ...(facts.replyCode === null ? {} : { replyCode: facts.replyCode }),
    ...(facts.enhancedCode === null ? {} : { enhancedCode: facts.enhancedCode }),
  }
  log.info(fields, `delivery ${facts.outcome}`)
}

/** How long after its expiry a delivery that could not be tried before is still tried once. */
const staleMs = 60 * 60_000

/** The last try comes at the moment of expiry; what comes much later was held up and is no longer wanted. */
export function isStale(held: Held, nowMs: number): boolean {
  return nowMs > held.row.expiresAt.getTime() + staleMs
}

type EndDeps = Pick<DeliveryDeps, 'outcomes' | 'clock' | 'hostname'>

/** Ends a delivery that was never offered to a host, since its time is over. */
export function expireUntried(held: Held, deps: EndDeps): void {
  const nothing = {
    nextState: 'expired',
    outcome: 'unreachable',
    conversationSealed: null,
  } as const
  endUntried(held, nothing, deps)
}

/** Ends a delivery that may not be sent any more; `reason` is for its sender to read. */
export function cancelUntried(
  held: Held,
  { key, reason }: { key: KeyObject; reason: string },
  deps: EndDeps,
): void {
  const conversationSealed = sealTold(held.row, key, { reply: [reason] })
  endUntried(held, { nextState: 'cancelled', outcome: 'deferred', conversationSealed }, deps)
}

function endUntried(
  held: Held,
  end: Pick<AttemptFacts, 'nextState' | 'outcome' | 'conversationSealed'>,
  { outcomes, clock, hostname }: EndDeps,
): void {
  const now = new Date(clock.now())
  outcomes.add(held, {
    ...end,
    dueAt: now,
    startedAt: now,
    host: hostname,
    tls: null,
    selector: null,
    replyCode: null,
    enhancedCode: null,
    durationMs: 0,
    suppress: false,
    addressSealed: null,
  })
}
