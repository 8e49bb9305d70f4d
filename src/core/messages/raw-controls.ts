/** What a raw message asks of us in headers of its own, which are never passed on. */
import { Refusal } from '../../lib/refusal.ts'
import { fieldValues, type RawMessage } from '../../mail/raw-message.ts'
import type { Envelope } from './envelope.ts'
import { parseScheduledAt } from './scheduled-at.ts'

export interface RawControls {
  idempotencyKey: string | null
  /** Absent: as soon as may be. */
  scheduledAt?: Date
  tags: Envelope['tags']
}

const idempotencyNames = ['Resend-Idempotency-Key', 'X-Postern-Idempotency-Key']
const scheduledName = 'X-Postern-Scheduled-At'
const tagName = 'X-Postern-Tag'
const keyLengthMax = 256
const tagsMax = 50
const tagForm = /^([A-Za-z0-9_-]{1,256}) *= *([A-Za-z0-9_-]{1,256})$/

/** What other services read from a message and we do not: refused, since it would be sent without it. */
const foreignName = 'X-SMTPAPI'

/** Throws Refusal, which names the header and its rule. */
export function readControls(raw: RawMessage, nowMs: number): RawControls {
  if (fieldValues(raw, foreignName).length > 0) {
    throw new Refusal(
      'invalid_parameter',
      `The ${foreignName} header is not supported; leave it out. Nothing was sent.`,
    )
  }
  const scheduled = only(scheduledName, fieldValues(raw, scheduledName))
  return {
    idempotencyKey: readKey(raw),
    tags: readTags(fieldValues(raw, tagName)),
    ...(scheduled !== undefined && { scheduledAt: readTime(scheduled, nowMs) }),
  }
}

function readKey(raw: RawMessage): string | null {
  const values = idempotencyNames.flatMap((name) => fieldValues(raw, name))
  const key = only(idempotencyNames.join(' or '), values)
  if (key === undefined) return null
  if (key.length >= 1 && key.length <= keyLengthMax) return key
  throw new Refusal(
    'invalid_idempotency_key',
    `The idempotency key must have 1 to ${keyLengthMax} characters; use for example a UUID.`,
  )
}

function readTime(text: string, nowMs: number): Date {
  try {
    return new Date(parseScheduledAt(text, nowMs))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const message = error.message.replace('The `scheduled_at` field', `The ${scheduledName} header`)
    throw new Refusal(error.code, message, { cause: error })
  }
}

function readTags(values: readonly string[]): Envelope['tags'] {
  if (values.length > tagsMax) {
    throw new Refusal(
      'invalid_input',
      `The message may have at most ${tagsMax} tags; leave some out.`,
    )
  }
  return values.map((value) => {
    const [, name, text] = tagForm.exec(value) ?? []
    if (name !== undefined && text !== undefined) return { name, value: text }
    throw new Refusal(
      'invalid_input',
      `The ${tagName} header must be name=value, each of 1 to 256 letters, digits, underscores or hyphens.`,
    )
  })
}

function only(name: string, values: readonly string[]): string | undefined {
  if (values.length <= 1) return values[0]
  throw new Refusal('invalid_input', `The header ${name} may stand once; keep one of them.`)
}
