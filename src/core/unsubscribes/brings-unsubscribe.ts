import { hasUnsubscribe } from '../../mail/list-unsubscribe.ts'
import { readRawMessage } from '../../mail/raw-message.ts'
import type { Content, Envelope } from '../messages/envelope.ts'

/** Whether the sender says how to leave; then nothing of ours is added, not even to half of it. */
export function bringsUnsubscribe(
  { headers }: Pick<Envelope, 'headers'>,
  content: Content,
): boolean {
  if (!('raw' in content)) return hasUnsubscribe(Object.keys(headers))
  const { raw } = content
  const head = raw.subarray(0, raw.indexOf('\r\n\r\n') + 4)
  return hasUnsubscribe(readRawMessage(head).fields.map(({ name }) => name))
}
