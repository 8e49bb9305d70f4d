/** What stands behind the protocol: from a key to its sender, and from a message's bytes to the one door. */
import { BlockList, isIPv6 } from 'node:net'
import { demandSendingDomain } from '../core/domains/sending-domain.ts'
import type { Idempotency, MessageDoor } from '../core/messages/accept-message.ts'
import { readRawDraft } from '../core/messages/raw-draft.ts'
import type { Sender, Senders } from '../core/messages/sender.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Header } from '../mail/headers.ts'
import type { Submission, SubmissionDoor } from './conversation.ts'

export interface SubmissionDeps {
  senders: Pick<Senders, 'find' | 'again' | 'domain'>
  door: Pick<MessageDoor, 'accept'>
  uses: { note(sender: Sender): void }
  clock: Clock
  hostname: string
}

/** Named as an endpoint, so that the same key over HTTP is another one. */
const endpoint = 'SMTP'

export function submissionDoor(deps: SubmissionDeps): SubmissionDoor {
  const { senders, uses } = deps
  return {
    async find(token, address) {
      const sender = demandAllowed(await senders.find(token), address)
      uses.note(sender)
      return sender
    },
    again: async (sender, address) => demandAllowed(await senders.again(sender), address),
    submit: (sender, submission) => submit(deps, sender, submission),
  }
}

/** A key that may not be used from there is like one that nobody has. */
function demandAllowed(sender: Sender, address: string): Sender {
  const { sourceCidrs } = sender.options
  if (sourceCidrs === undefined || isWithin(address, sourceCidrs)) return sender
  throw new Refusal('invalid_key', 'API key is invalid')
}

function isWithin(address: string, networks: readonly string[]): boolean {
  const list = new BlockList()
  for (const text of networks) {
    const [network = '', prefix] = text.split('/')
    list.addSubnet(network, Number(prefix), familyOf(network))
  }
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*/, '')
  return list.check(plain, familyOf(plain))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

async function submit(
  { senders, door, uses, clock, hostname }: SubmissionDeps,
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
  uses.note(sender)
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
