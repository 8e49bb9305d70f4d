/** The way of a message by its Received fields (RFC 5321 §4.4), first host first, and how long each stretch took. */
import type { Field } from './header-fields.ts'

export interface Hop {
  from: string | null
  by: string | null
  /** How it came, such as `ESMTPS`; null when it is not said. */
  protocol: string | null
  /** Milliseconds; null for a date that cannot be read. */
  at: number | null
  /** Since the hop before; null when one of both is not known. */
  delayMs: number | null
}

const hopsMax = 50

export function receivedPath(fields: readonly Field[]): Hop[] {
  const received = fields.filter(({ name }) => name === 'received').slice(0, hopsMax)
  const hops: Hop[] = []
  for (const { value } of received.reverse()) {
    const { at, ...hop } = readHop(value)
    const before = hops.at(-1)?.at ?? null
    hops.push({ ...hop, at, delayMs: at === null || before === null ? null : at - before })
  }
  return hops
}

function readHop(value: string): Omit<Hop, 'delayMs'> {
  const semicolon = value.lastIndexOf(';')
  const tokens = semicolon === -1 ? value : value.slice(0, semicolon)
  const bare = withoutComments(tokens)
  const at = semicolon === -1 ? Number.NaN : Date.parse(withoutComments(value.slice(semicolon + 1)))
  return {
    from: wordAfter(bare, 'from'),
    by: wordAfter(bare, 'by'),
    protocol: wordAfter(bare, 'with'),
    at: Number.isNaN(at) ? null : at,
  }
}

function wordAfter(text: string, word: string): string | null {
  const words = text.split(' ').filter((one) => one !== '')
  const at = words.findIndex((one) => one.toLowerCase() === word)
  return at === -1 ? null : (words[at + 1] ?? null)
}

/** Comments may nest (RFC 5322 §3.2.2); an unclosed one goes to the end. */
function withoutComments(text: string): string {
  let depth = 0
  let bare = ''
  for (const char of text) {
    if (char === '(') depth += 1
    else if (char === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0) bare += char
  }
  return bare.trim()
}
