/** What MAIL FROM and RCPT TO say, or the reply that refuses them. Pure. */
import { explainMailbox, parseMailbox } from '../mail/address.ts'
import { type Path, readPath } from './command.ts'
import { messageLimits } from './limits.ts'
import { makeReply, type Reply, replies } from './replies.ts'

export interface MailFrom {
  /** Empty for the null reverse path. */
  reversePath: string
  /** What the client says the message will have; 0 when it does not. */
  declaredBytes: number
  /** Whether addresses and headers may go beyond ASCII (RFC 6531). */
  isUtf8: boolean
}

const mailParameters = new Set(['SIZE', 'BODY', 'SMTPUTF8', 'AUTH'])

/**
 * RFC 5321 §4.1.2, Mailbox. Anything valid is accepted, also `root@localhost` and address literals: nothing is ever sent
 * there, since the return path of a delivery is ours.
 */
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\u{10ffff}-]+"
const quoted = '"(?:[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e\\u0080-\\u{10ffff}]|\\\\[\\x20-\\x7e])*"'
const label =
  '[A-Za-z0-9_\\u0080-\\u{10ffff}](?:[A-Za-z0-9_\\u0080-\\u{10ffff}-]{0,61}[A-Za-z0-9_\\u0080-\\u{10ffff}])?'
const literal = '\\[[\\x21-\\x5a\\x5e-\\x7e]+\\]'
const reversePath = new RegExp(
  `^(?:${atom}(?:\\.${atom})*|${quoted})@(?:${label}(?:\\.${label})*|${literal})$`,
  'u',
)
const localBytesMax = 64
const pathBytesMax = 254

export function readMailFrom(argument: string): MailFrom | Reply {
  const path = readPath(argument, 'FROM:')
  if (!path) return replies.mailForm
  const fault = parameterFault(path.parameters)
  if (fault) return fault
  const isUtf8 = path.parameters.has('SMTPUTF8')
  if (!isUtf8 && isBeyondAscii(path.address)) return replies.utf8Needed
  if (path.address !== '' && !isReversePath(path.address)) return replies.senderSyntax
  const declaredBytes = Number(path.parameters.get('SIZE') ?? 0)
  if (declaredBytes > messageLimits.sizeBytesMax) return replies.tooLarge
  return { reversePath: path.address, declaredBytes, isUtf8 }
}

function isReversePath(address: string): boolean {
  return (
    Buffer.byteLength(address) <= pathBytesMax &&
    reversePath.test(address) &&
    Buffer.byteLength(address.slice(0, address.lastIndexOf('@'))) <= localBytesMax
  )
}

function parameterFault(parameters: Path['parameters']): Reply | undefined {
  for (const [name, value] of parameters) {
    if (!mailParameters.has(name)) return replies.parameterUnknown
    if (name === 'BODY' && value?.toUpperCase() === 'BINARYMIME') return replies.binaryMime
    if (!isValue(name, value)) return replies.parameterValue
  }
  return undefined
}

/** AUTH (RFC 4954 §5) is taken and believed to be nothing: who sends is known. */
function isValue(name: string, value: string | undefined): boolean {
  if (name === 'SMTPUTF8') return value === undefined
  if (value === undefined) return false
  if (name === 'SIZE') return /^\d{1,20}$/.test(value)
  return name === 'AUTH' || /^(7BIT|8BITMIME)$/i.test(value)
}

/** The recipient's address as deliveries have it, its domain in A-labels. */
export function readRecipient(
  argument: string,
  { isUtf8 }: Pick<MailFrom, 'isUtf8'>,
): { address: string } | Reply {
  const path = readPath(argument, 'TO:')
  if (!path || path.address === '') return replies.recipientForm
  if (path.parameters.size > 0) return replies.parameterUnknown
  if (!isUtf8 && isBeyondAscii(path.address)) return replies.utf8Needed
  const mailbox = /^\s|\s$|</.test(path.address) ? undefined : parseMailbox(path.address)
  if (mailbox) return { address: mailbox.address }
  const why = explainMailbox(path.address) || 'Write the address alone between the angle brackets.'
  return makeReply(553, '5.1.3', why)
}

function isBeyondAscii(text: string): boolean {
  return /[^\x00-\x7f]/.test(text)
}
