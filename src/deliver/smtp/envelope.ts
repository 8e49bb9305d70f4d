/** The commands of one transaction, and what makes a message impossible to carry to a host. */
import type { Reply } from '../../mail/reply.ts'
import type { Capabilities } from './capabilities.ts'
import type { Job } from './transaction.ts'

const unsafeInPath = /[\x00-\x1f\x7f<>]/

/** An address that could end its command early is a bug of the caller's: nothing of it may reach the wire. */
export function assertSafePaths({ mailFrom, recipient }: Job): void {
  if (recipient === '' || unsafeInPath.test(mailFrom) || unsafeInPath.test(recipient)) {
    throw new RangeError('a path of the envelope is empty or has a control character or bracket')
  }
}

/**
 * BODY=8BITMIME is left out where it is not offered and the octets go as they are: converting would break the signature,
 * and hosts that silent about it have passed them on for decades.
 */
export function mailCommand(job: Job, offered: Capabilities): string {
  let command = `MAIL FROM:<${job.mailFrom}>`
  if (offered.sizeBytesMax !== null) command += ` SIZE=${job.bytes}`
  if (job.eightBit && offered.eightBitMime) command += ' BODY=8BITMIME'
  if (job.smtpUtf8) command += ' SMTPUTF8'
  return command
}

export function rcptCommand(job: Job): string {
  return `RCPT TO:<${job.recipient}>`
}

/** Our own permanent no, when offering the message could only fail. */
export function cannotCarry(job: Job, offered: Capabilities): Reply | undefined {
  // RFC 6531 §3.5: without SMTPUTF8 at the host there is no way to say such an address.
  if (job.smtpUtf8 && !offered.smtpUtf8) {
    const need = 'which an address or header with letters beyond ASCII needs'
    return ownRefusal(553, '5.6.7', `The host does not offer SMTPUTF8, ${need}`)
  }
  const bytesMax = offered.sizeBytesMax ?? 0
  if (bytesMax > 0 && job.bytes > bytesMax) {
    const sizes = `${job.bytes} bytes, and the host takes at most ${bytesMax}`
    return ownRefusal(552, '5.3.4', `The message has ${sizes}`)
  }
  return undefined
}

function ownRefusal(code: number, enhanced: string, text: string): Reply {
  return { code, enhanced, lines: [`${enhanced} ${text}`] }
}
