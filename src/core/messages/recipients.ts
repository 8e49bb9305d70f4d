/** Whom a message goes to: each address once, however often it is named. */
import { type Mailbox, normaliseAddress } from '../../mail/address.ts'

/** In the order given; who stands in several places gets one copy, under the first spelling. */
export function distinctAddresses(mailboxes: readonly Pick<Mailbox, 'address'>[]): string[] {
  const [only] = mailboxes
  if (only && mailboxes.length === 1) return [only.address]
  const distinct = new Map<string, string>()
  for (const { address } of mailboxes) {
    const name = normaliseAddress(address)
    if (!distinct.has(name)) distinct.set(name, address)
  }
  return [...distinct.values()]
}
