/** What a host offers in its answer to EHLO (RFC 5321 §4.1.1.1); extensions we never use are not read. */
import type { Reply } from '../../mail/reply.ts'

export interface Capabilities {
  pipelining: boolean
  /** null: SIZE is not offered. 0: offered without a limit (RFC 1870 §4). */
  sizeBytesMax: number | null
  eightBitMime: boolean
  smtpUtf8: boolean
  startTls: boolean
}

/** Of a host that only knows HELO. */
export const noCapabilities: Capabilities = {
  pipelining: false,
  sizeBytesMax: null,
  eightBitMime: false,
  smtpUtf8: false,
  startTls: false,
}

export function readCapabilities(reply: Reply): Capabilities {
  const offered = new Map<string, string>()
  for (const line of reply.lines.slice(1)) {
    const [keyword = '', parameter = ''] = line.trim().split(/\s+/)
    offered.set(keyword.toUpperCase(), parameter)
  }
  const size = offered.get('SIZE')
  return {
    pipelining: offered.has('PIPELINING'),
    sizeBytesMax: size === undefined ? null : readSize(size),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    startTls: offered.has('STARTTLS'),
  }
}

/** RFC 1870 §3 allows 20 digits; what is no number is taken as "no limit". */
function readSize(text: string): number {
  return /^\d{1,20}$/.test(text) ? Number(text) : 0
}
