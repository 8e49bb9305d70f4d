/** The story of a message in plain words, in the order in which it happened: what an account reads to know where its mail is. */
import { fetchFailure } from '../attachments/fetch-failure.ts'
import type { Delivery, DeliveryTry, Message } from './read-message.ts'
import type { DeliveryState, MessageEvent } from './read-queries.ts'

export interface StoryLine {
  /** Milliseconds. */
  at: number
  event:
    | 'accepted'
    | 'sealed'
    | 'scheduled'
    | 'rescheduled'
    | 'held'
    | 'released'
    | 'requeued'
    | 'attachment_failed'
    | 'discarded'
    | 'signed'
    | 'tried'
    | 'suppressed'
    | 'unsubscribed'
    | 'resubscribed'
    | 'expired'
    | 'cancelled'
    | 'next_try'
  text: string
}

export type LastEvent =
  | 'queued'
  | 'scheduled'
  | 'delivery_delayed'
  | 'delivered'
  | 'bounced'
  | 'failed'
  | 'suppressed'
  | 'canceled'

export function tellStory(message: Message): StoryLine[] {
  const acceptedAt = message.createdAt.getTime()
  const recipients = count(message.deliveries.length, 'recipient')
  const happened: StoryLine[] = [
    {
      at: acceptedAt,
      event: 'accepted',
      text: `Accepted for ${recipients}: ${message.sizeBytes} bytes, in the ${message.stream} queue.`,
    },
    {
      at: acceptedAt,
      event: 'sealed',
      text: `Sealed to version ${message.keyVersion} of the account's key and stored.`,
    },
    ...signatures(message),
    ...message.deliveries.flatMap((delivery) => delivery.tries.map((one) => tried(delivery, one))),
    ...schedule(message),
    ...message.events.flatMap((event) => [
      ...changed(event, message),
      ...ended(event, message.deliveries),
    ]),
  ]
  // Stable, so what shares an instant stays in the order above.
  happened.sort((a, b) => a.at - b.at)
  return [...happened, ...discarded(message, happened), ...message.deliveries.flatMap(nextTry)]
}

/** What one word is made of. */
export interface Standing {
  states: readonly DeliveryState[]
  /** A delivery that waits has been tried before. */
  isDeferred: boolean
  /** Its time has not come. */
  isScheduled: boolean
  /** It was ended since an attachment could not be fetched. */
  lacksAttachment: boolean
}

/** One word for a message of several recipients: what went wrong first, then what is still open, then what went well. */
export function lastEvent({
  states,
  isDeferred,
  isScheduled,
  lacksAttachment,
}: Standing): LastEvent {
  const some = (...wanted: DeliveryState[]) => states.some((state) => wanted.includes(state))
  if (some('bounced')) return 'bounced'
  if (some('expired')) return 'failed'
  if (some('queued', 'attempting')) {
    if (isDeferred) return 'delivery_delayed'
    return isScheduled ? 'scheduled' : 'queued'
  }
  if (some('delivered')) return 'delivered'
  if (some('suppressed')) return 'suppressed'
  if (lacksAttachment) return 'failed'
  return states.length > 0 ? 'canceled' : 'queued'
}

export function isWaiting({ state }: Pick<Delivery, 'state'>): boolean {
  return state === 'queued' || state === 'attempting'
}

/** Told once for all recipients; a later try signs again, perhaps with the next selector. */
function signatures({ envelope, deliveries }: Message): StoryLine[] {
  const firstAt = new Map<string, number>()
  for (const { selector, at } of deliveries.flatMap((delivery) => delivery.tries)) {
    if (selector !== null) firstAt.set(selector, Math.min(at, firstAt.get(selector) ?? at))
  }
  return [...firstAt].map(([selector, at]) => ({
    at,
    event: 'signed',
    text: `Signed with DKIM for ${envelope.fromDomain}, selector ${selector}.`,
  }))
}

function tried({ recipient }: Delivery, one: DeliveryTry): StoryLine {
  const { at, host, tls, outcome } = one
  const channel = tls === null ? 'without TLS' : `over ${tls}`
  const words = theirWords(one)
  if (outcome === 'deferred' && one.replyCode === null && words !== '') {
    return { at, event: 'tried', text: `${recipient}: not offered to any host: ${words}.` }
  }
  const reply = words === '' ? replyCodes(one) : `they said "${words}"`
  const text =
    outcome === 'unreachable'
      ? `${recipient}: tried ${host}; it could not be reached${words === '' ? '' : ` (${words})`}.`
      : `${recipient}: tried ${host} ${channel}; ${reply}: ${outcome}.`
  return { at, event: 'tried', text }
}

/** The lines of a reply stand without its code; it is said once, before them. */
function theirWords({ said, replyCode }: DeliveryTry): string {
  const words = (said?.reply ?? []).join(' ')
  if (words === '' || replyCode === null || words.startsWith(String(replyCode))) return words
  return `${replyCode} ${words}`
}

function replyCodes({ replyCode, enhancedCode }: DeliveryTry): string {
  const codes = [replyCode, enhancedCode].filter((code) => code !== null).join(' ')
  return codes === '' ? 'no reply' : `they answered ${codes}`
}

/** What ended a delivery without a try; the rest is told by its tries. */
function ended({ kind, n, at }: MessageEvent, deliveries: Delivery[]): StoryLine[] {
  const delivery = deliveries.find((one) => one.n === n)
  if (!delivery) return []
  const { recipient, attempts } = delivery
  if (kind === 'suppressed') {
    const text = `${recipient}: not tried, since the address is suppressed.`
    return [{ at, event: 'suppressed', text }]
  }
  if (kind === 'expired') {
    const text = `${recipient}: given up after ${count(attempts, 'attempt')}.`
    return [{ at, event: 'expired', text }]
  }
  if (kind === 'cancelled') return [{ at, event: 'cancelled', text: `${recipient}: cancelled.` }]
  return []
}

/** The present time is told where it was set; an earlier one was not kept. */
function schedule({ events, scheduledAt }: Message): StoryLine[] {
  const times = events.filter(({ kind }) => kind === 'scheduled' || kind === 'rescheduled')
  const until = scheduledAt === null ? '' : ` for ${scheduledAt.toISOString()}`
  return times.map(({ kind, at }, index) => {
    const time = index === times.length - 1 ? until : ' for a time that was changed afterwards'
    return kind === 'scheduled'
      ? { at, event: 'scheduled', text: `Scheduled${time}.` }
      : { at, event: 'rescheduled', text: `Scheduled anew${time}.` }
  })
}

/** What was done to the message, or to one delivery, between its tries. */
function changed({ kind, n, at }: MessageEvent, message: Message): StoryLine[] {
  if (kind === 'held') {
    return [{ at, event: 'held', text: 'Held: nothing is sent until it is released.' }]
  }
  if (kind === 'released') return [{ at, event: 'released', text: 'Released.' }]
  if (kind === 'attachment_failed') {
    const text = `An attachment could not be fetched, so nothing is sent: ${fetchFailure(message.attachmentFailure)}.`
    return [{ at, event: 'attachment_failed', text }]
  }
  const recipient = message.deliveries.find((one) => one.n === n)?.recipient
  if (kind === 'unsubscribed') {
    const text = `${recipient ?? 'A recipient'}: unsubscribed from bulk mail by the link in this message.`
    return [{ at, event: 'unsubscribed', text }]
  }
  if (kind === 'resubscribed') {
    const text = `${recipient ?? 'A recipient'}: took the unsubscribing back.`
    return [{ at, event: 'resubscribed', text }]
  }
  if (kind !== 'requeued') return []
  const text = `${recipient ?? 'A recipient'}: queued again, as the account asked.`
  return [{ at, event: 'requeued', text }]
}

/** Content goes soon after the last delivery has ended. */
function discarded({ isContentGone }: Message, happened: readonly StoryLine[]): StoryLine[] {
  if (!isContentGone) return []
  const text = 'The content was discarded, as the API key that sent it keeps none.'
  return [{ at: happened.at(-1)?.at ?? 0, event: 'discarded', text }]
}

function nextTry(delivery: Delivery): StoryLine[] {
  const { recipient, state, attempts, dueAt } = delivery
  if (!isWaiting(delivery)) return []
  if (state === 'attempting') {
    return [{ at: dueAt, event: 'next_try', text: `${recipient}: an attempt is under way.` }]
  }
  const at = new Date(dueAt).toISOString()
  const text =
    holdReason(delivery) ??
    (attempts === 0 ? 'waits for its first try' : `the next try is at ${at}`)
  return [{ at: dueAt, event: 'next_try', text: `${recipient}: ${text}.` }]
}

function holdReason({ holds }: Delivery): string | undefined {
  if (holds.includes('operator')) return 'held by the operator'
  if (holds.includes('key') || holds.includes('account')) return 'held until it is released'
  if (holds.includes('attachments')) return 'waits for its attachments to be fetched'
  return undefined
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
