/** Who may send from which domain. */
import { Refusal } from '../../lib/refusal.ts'
import { maySendFrom } from '../credentials/bound-domains.ts'
import type { Draft } from '../messages/accept-message.ts'
import type { Sender, Senders } from '../messages/sender.ts'

/** Whether the sender may use the From of the draft: a verified domain of the account, and one of the key's own if it has any. */
export async function demandSendingDomain(
  senders: Pick<Senders, 'domain'>,
  sender: Sender,
  { envelope }: Draft,
): Promise<void> {
  const name = envelope.fromDomain
  const state = await senders.domain(sender, name)
  if (state?.status !== 'verified') {
    throw new Refusal(
      'domain_not_verified',
      `The domain ${name} is not verified. Add it with POST /domains, publish its records, and verify it.`,
    )
  }
  if (!maySendFrom(sender, state.domainId)) {
    throw new Refusal(
      'not_permitted',
      `This API key may not send from ${name}; use a key of that domain, or one for all domains.`,
    )
  }
}
