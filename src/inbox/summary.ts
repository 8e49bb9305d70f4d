/** The cheap look at a message on receipt: its From and Subject, without parsing the rest. */
import { decodeWords } from 'postal-mime'
import { summaryLimits } from './limits.ts'
import type { Summary } from './record.ts'
import type { Received } from './session.ts'
import { isComplaining } from './simulated.ts'

const endOfHeader = Buffer.from('\r\n\r\n')
/**
 * Control characters, and those that turn the direction of writing and so make one name look like
 * another.
 */
const misleading = /[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu
const quotedName = /^"((?:[^"\\]|\\.)*)"\s*</

interface Fields {
  from: string | undefined
  subject: string | undefined
}

export function summarize(received: Received, id: string, receivedAt: Date): Summary {
  const { from, subject } = readHeader(received.source)
  return {
    id,
    from: unquote(tidy(from ?? '')) || received.returnPath,
    to: received.recipients,
    subject: tidy(subject ?? ''),
    receivedAt,
    sizeBytes: received.source.length,
    isComplaint: received.recipients.some(isComplaining),
  }
}

/** The first From and the first Subject, unfolded (RFC 5322 §2.2.3) but not decoded. */
function readHeader(source: Buffer): Fields {
  const limit = Math.min(source.length, summaryLimits.headerBytesMax)
  const end = source.subarray(0, limit).indexOf(endOfHeader)
  const header = source.toString('utf8', 0, end < 0 ? limit : end)
  const found: Fields = { from: undefined, subject: undefined }
  for (let at = 0; at < header.length; ) {
    const next = endOfField(header, at)
    const initial = header[at]
    if (initial === 'f' || initial === 'F')
      found.from ??= fieldValue('from:', header.slice(at, next))
    if (initial === 's' || initial === 'S') {
      found.subject ??= fieldValue('subject:', header.slice(at, next))
    }
    at = next + 1
  }
  return found
}

/** Where the field that begins at `from` ends: the newline that no folded line follows. */
function endOfField(header: string, from: number): number {
  let at = header.indexOf('\n', from)
  while (at >= 0 && (header[at + 1] === ' ' || header[at + 1] === '\t')) {
    at = header.indexOf('\n', at + 1)
  }
  return at < 0 ? header.length : at
}

function fieldValue(name: string, field: string): string | undefined {
  return field.slice(0, name.length).toLowerCase() === name ? field.slice(name.length) : undefined
}

/** One line of bounded length: decoded (RFC 2047), without control and invisible characters. */
function tidy(value: string): string {
  const bounded = value.replaceAll('\r\n', '').slice(0, 8 * summaryLimits.textMax)
  const decoded = bounded.includes('=?') ? decodeWords(bounded) : bounded
  const text = decoded.replace(misleading, ' ').trim()
  return text.length > summaryLimits.textMax ? `${text.slice(0, summaryLimits.textMax - 1)}…` : text
}

/** `"Ada, of London" <ada@example.com>` reads better without the quotes. */
function unquote(from: string): string {
  return from.replace(quotedName, (_, name: string) => `${name.replaceAll('\\', '')} <`)
}
