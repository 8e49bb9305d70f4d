/** A message as its operator may see it, in plain words and as JSON: nothing in it was ever sealed. */
import type { OperatorDelivery, OperatorMessage } from '../core/operations/queries.ts'
import { bytes, count, harmless, time } from './plain-text.ts'

type Try = OperatorDelivery['tries'][number]

export function tellOperator(message: OperatorMessage): string {
  const { id, accountId, createdAt, sizeBytes, stream, keyVersion, deliveries } = message
  return [
    `Message ${id} of account ${accountId}`,
    `${time(createdAt)}  accepted for ${count(deliveries.length, 'recipient')}: ${bytes(sizeBytes)}, ${stream}, sealed to version ${keyVersion} of the account's key`,
    ...deliveries.map((delivery) => `\n${tellDelivery(delivery, message)}`),
    '\nAddresses, subject and content open with a key of the account only: add --key-file FILE.',
  ].join('\n')
}

function tellDelivery(delivery: OperatorDelivery, { events, expiresAt }: OperatorMessage): string {
  const { n, state, tries } = delivery
  // What happened without a try is known from its event alone.
  const untried = events.filter((event) => event.n === n && Object.hasOwn(words, event.kind))
  return [
    `Recipient ${n}: ${state}, ${count(delivery.attempts, 'attempt')}`,
    ...tries.map((one) => `  ${time(one.at)}  ${tellTry(one)}`),
    ...untried.map(({ kind, at }) => `  ${time(at)}  ${words[kind] ?? kind}`),
    ...whatIsNext(delivery, expiresAt),
  ].join('\n')
}

const words: Record<string, string> = {
  suppressed: 'not tried: the address is suppressed',
  expired: 'given up: it waited too long',
  cancelled: 'cancelled',
  unsubscribed: 'left bulk mail by the link in the message',
  resubscribed: 'took the unsubscribing back',
}

function tellTry(one: Try): string {
  const { number, host, tls, selector, outcome, durationMs } = one
  const where = `try ${number} at ${harmless(host)}`
  if (outcome === 'unreachable') return `${where}: it could not be reached (${durationMs} ms)`
  const channel = tls === null ? 'without TLS' : `over ${harmless(tls)}`
  const signed = selector === null ? 'unsigned' : `signed with ${harmless(selector)}`
  return `${where} ${channel}, ${signed}: ${codes(one)}, ${outcome} (${durationMs} ms)`
}

function codes({ replyCode, enhancedCode }: Try): string {
  const known = [replyCode, enhancedCode && harmless(enhancedCode)].filter((code) => code !== null)
  return known.length === 0 ? 'no reply' : `they answered ${known.join(' ')}`
}

function whatIsNext(delivery: OperatorDelivery, expiresAt: Date): string[] {
  const { state, attempts, dueAt, holds } = delivery
  if (state === 'attempting') return ['  an attempt is under way']
  if (state !== 'queued') return []
  if (holds.length > 0) return [`  held by ${holds.join(' and ')}: waits for a release`]
  const until = `given up after ${time(expiresAt)}`
  if (attempts === 0) return [`  waits for its first try, ${until}`]
  return [`  next try at ${time(dueAt)}, ${until}`]
}

export function messageBody(message: OperatorMessage) {
  return {
    id: message.id,
    account_id: message.accountId,
    created_at: message.createdAt.toISOString(),
    expires_at: message.expiresAt.toISOString(),
    stream: message.stream,
    size_bytes: message.sizeBytes,
    key_version: message.keyVersion,
    deliveries: message.deliveries.map((delivery) => ({
      n: delivery.n,
      state: delivery.state,
      attempts: delivery.attempts,
      due_at: new Date(delivery.dueAt).toISOString(),
      holds: delivery.holds,
      tries: delivery.tries.map(tryBody),
    })),
    events: message.events.map(({ kind, n, at }) => ({ kind, n, at: new Date(at).toISOString() })),
  }
}

/** Each field is named, so that what is sealed beside them does not come along. */
function tryBody(one: Try) {
  return {
    number: one.number,
    at: new Date(one.at).toISOString(),
    outcome: one.outcome,
    host: one.host,
    tls: one.tls,
    selector: one.selector,
    reply_code: one.replyCode,
    enhanced_code: one.enhancedCode,
    duration_ms: one.durationMs,
  }
}
