/** What stands behind the protocol: from a key to its sender, and from a message's bytes to the one door. */
import { demandSendingDomain } from '../core/domains/sending-domain.ts'
import type { Idempotency, MessageDoor } from '../core/messages/accept-message.ts'
import { demandSendingScope } from '../core/messages/may-send.ts'
import { readRawDraft } from '../core/messages/raw-draft.ts'
import { OutsideNetworks, type Sender, type Senders } from '../core/messages/sender.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Header } from '../mail/headers.ts'
import type { Submission, SubmissionDoor } from './conversation.ts'
import type { Notes } from './notes.ts'

export interface SubmissionDeps {
  senders: Pick<Senders, 'find' | 'again' | 'domain'>
  door: Pick<MessageDoor, 'accept'>
  notes: Pick<Notes, 'signedIn' | 'answered' | 'outside'>
  clock: Clock
  hostname: string
}

/** Named as an endpoint, so that the same key over HTTP is another one. */
const endpoint = 'SMTP'

export function submissionDoor(deps: SubmissionDeps): SubmissionDoor {
  const { senders, notes } = deps
  const tell = (address: string) => (error: unknown) => {
    if (error instanceof OutsideNetworks) notes.outside(error.sender, address)
    throw error
  }
  return {
    async find(token, address) {
      const sender = await senders.find(token, address).catch(tell(address))
      demandUnsigned(sender)
      demandSendingScope(sender)
      notes.signedIn(sender)
      return sender
    },
    again: (sender, address) => senders.again(sender, address).catch(tell(address)),
    submit: (sender, submission) => submit(deps, sender, submission),
    answered: (sender, message) => notes.answered(sender, message),
  }
}

/** SMTP has no place for a signature, so such a key works over HTTP only. */
function demandUnsigned({ options }: Sender): void {
  if (options.signatureKey === undefined) return
  throw new Refusal(
    'signature_needed',
    'This API key takes signed HTTP requests only, and SMTP has no signatures; use another key here.',
  )
}

async function submit(
  { senders, door, clock, hostname }: SubmissionDeps,
  sender: Sender,
  submission: Submission,
): Promise<{ id: string }> {
  const now = clock.now()
  const { recipients, source } = submission
  const trace = (id: string) => received(submission, { id, hostname, date: new Date(now) })
  const { draft, idempotencyKey } = readRawDraft({ bytes: source, recipients, trace }, now)
  await demandSendingDomain(senders, sender, draft)
  const [id] = await door.accept(sender, [draft], idempotencyOf(idempotencyKey, submission))
  if (id === undefined) throw new Error('the door answered without a message id')
  return { id }
}

/** The same message is the same bytes for the same recipients; what we add to it does not count. */
function idempotencyOf(key: string | null, { recipients, source }: Submission): Idempotency | null {
  if (key === null) return null
  return { key, endpoint, body: Buffer.concat([Buffer.from(`${recipients.join('\n')}\n`), source]) }
}

/**
 * RFC 5321 §4.4, but for who submitted it: neither the client's address nor the name it gives itself is told to the
 * recipients (RFC 5321 §7.6). The protocol's name says that there was TLS and AUTH (RFC 3848, RFC 6531 §3.7.3).
 */
function received(
  { isSecure, isUtf8 }: Submission,
  { id, hostname, date }: { id: string; hostname: string; date: Date },
): Header {
  const protocol = `${isUtf8 ? 'UTF8SMTP' : 'ESMTP'}${isSecure ? 'SA' : 'A'}`
  const told = date.toUTCString().replace('GMT', '+0000')
  return ['Received', `by ${hostname} with ${protocol} id ${id};\r\n\t${told}`]
}
