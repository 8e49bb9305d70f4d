/** What an account may still change about a message: when it goes, whether it goes, and that it goes again. */
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import { wakeDeliver } from './accept-queries.ts'
import {
  cancelMessage,
  releaseMessage,
  requeueMessage,
  rescheduleMessage,
} from './change-queries.ts'
import { lifetimeMs } from './lifetime.ts'
import { overQuota } from './quota.ts'

const lifetimeSeconds = lifetimeMs / 1000

/** One message of the account that the proof belongs to. */
export interface OwnMessage {
  h1: Buffer
  id: string
}

/** Another time for a message that waits for its time. */
export async function reschedule(sql: Sql, { h1, id }: OwnMessage, at: Date): Promise<void> {
  const outcome = await rescheduleMessage(sql, h1, { id, at, lifetimeSeconds })
  switch (outcome) {
    case 'done':
      return
    case 'not_found':
      throw notFound()
    case 'not_scheduled':
      throw new Refusal(
        'invalid_input',
        'The email is not scheduled, or its time has come; only a scheduled email can be given another time; send a new one with `scheduled_at`.',
      )
  }
}

/** Ends a message that waits for its time or is held; one that was cancelled stays so. */
export async function cancel(sql: Sql, { h1, id }: OwnMessage): Promise<void> {
  const outcome = await cancelMessage(sql, h1, id)
  switch (outcome) {
    case 'done':
      return
    case 'not_found':
      throw notFound()
    case 'under_way':
      throw new Refusal(
        'invalid_input',
        'The email is neither scheduled nor held, or its time has come; it can no longer be canceled; read the email to see how far it is.',
      )
  }
}

/** Lets a held message go. */
export async function release(sql: Sql, { h1, id }: OwnMessage): Promise<void> {
  const outcome = await releaseMessage(sql, h1, { id, lifetimeSeconds })
  switch (outcome) {
    case 'done':
      return wake(sql)
    case 'not_found':
      throw notFound()
    case 'not_held':
      throw new Refusal('invalid_input', 'The email is not held; there is nothing to release.')
    case 'not_permitted':
      throw new Refusal(
        'not_permitted',
        'The emails of this API key are held, so it cannot release any; use another key of the account.',
      )
    case 'held_by_operator':
      throw new Refusal(
        'invalid_input',
        'The operator holds this email; only the operator can release it.',
      )
    case 'waits':
      throw new Refusal(
        'invalid_input',
        'The email waits for attachments that are still to be fetched; it goes as soon as they are here.',
      )
  }
}

/** Tries the recipients again that did not get the message. */
export async function sendAgain(sql: Sql, { h1, id }: OwnMessage): Promise<void> {
  const outcome = await requeueMessage(sql, h1, { id, lifetimeSeconds })
  switch (outcome) {
    case 'done':
      return wake(sql)
    case 'not_found':
      throw notFound()
    case 'none_failed':
      throw new Refusal(
        'invalid_input',
        'No recipient of the email has failed; only those that have are tried again.',
      )
    case 'suppressed':
      throw new Refusal(
        'invalid_input',
        'Every recipient that has failed is suppressed; remove the suppression first.',
      )
    case 'content_gone':
      throw new Refusal(
        'invalid_input',
        'The content of the email was discarded, so it cannot be sent again; send it as a new email.',
      )
    case 'over_quota':
    case 'key_over_quota':
      throw overQuota(outcome)
  }
}

/** deliver looks by itself as well, a moment later. */
async function wake(sql: Sql): Promise<void> {
  await wakeDeliver(sql).catch(() => {})
}

function notFound(): Refusal {
  return new Refusal('not_found', 'Email not found')
}
