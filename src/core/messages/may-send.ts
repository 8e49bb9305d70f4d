/** Whether a key may submit at all, and to these streams. The database asks both again. */

import { Refusal } from '../../lib/refusal.ts'
import { scopesOfKey } from '../access/scopes.ts'
import type { Stream } from './accept-queries.ts'
import type { Sender } from './sender.ts'

/** As a door that knows who asks, before anything is read of a message. */
export function demandSendingScope(sender: Pick<Sender, 'permission' | 'options'>): void {
  if (scopesOfKey(sender).includes('emails:send')) return
  throw new Refusal(
    'not_permitted',
    'This API key is restricted; sending needs the scope `emails:send`. Use a key that has it.',
  )
}

export function demandMaySend(
  sender: Pick<Sender, 'permission' | 'options'>,
  drafts: readonly { stream: Stream }[],
): void {
  demandSendingScope(sender)
  const { streams } = sender.options
  if (streams && drafts.some(({ stream }) => !streams.includes(stream))) throw streamRefused()
}

export function streamRefused(): Refusal {
  return new Refusal(
    'not_permitted',
    'This API key is restricted to other streams; use a key that may submit to this one. Messages with List-Unsubscribe are bulk.',
  )
}
