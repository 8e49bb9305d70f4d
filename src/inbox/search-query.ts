/** What one may write into the search: words, "phrases", and `from:`, `to:`, `subject:` before either. */
import { searchLimits } from './limits.ts'
import type { Summary } from './record.ts'

type Field = 'from' | 'to' | 'subject'

export interface Term {
  /** Null means: anywhere, in the text too. */
  field: Field | null
  /** Lower case. */
  words: string
}

/** Parts of a message that a term is looked for in, in lower case. */
export interface Searchable {
  from: string
  to: string
  subject: string
}

const termPattern = /(?:(from|to|subject):)?(?:"([^"]*)"?|([^\s"]+)|(?=\s|$))/gi

/** All terms must be met. The refusal says what to write instead. */
export function readQuery(text: string): Term[] | { rule: string } {
  if (text.length > searchLimits.queryLengthMax) {
    return { rule: `query must have at most ${searchLimits.queryLengthMax} characters.` }
  }
  const terms: Term[] = []
  for (const [, field, phrase, word] of text.matchAll(termPattern)) {
    const words = (phrase ?? word ?? '').toLowerCase()
    // The pattern lets no other names through. `from:` with nothing behind it asks for nothing yet.
    if (words !== '') terms.push({ field: (field?.toLowerCase() ?? null) as Field | null, words })
  }
  if (terms.length <= searchLimits.termsMax) return terms
  return { rule: `query must have at most ${searchLimits.termsMax} words; put phrases in quotes.` }
}

export function searchable({ from, to, subject }: Summary): Searchable {
  return {
    from: from.toLowerCase(),
    to: to.join('\n').toLowerCase(),
    subject: subject.toLowerCase(),
  }
}

/** The terms that sender, recipients and subject do not meet; those may still be in the text. */
export function unmetTerms(terms: readonly Term[], message: Searchable): Term[] {
  return terms.filter(({ field, words }) => {
    if (field) return !message[field].includes(words)
    return ![message.from, message.to, message.subject].some((part) => part.includes(words))
  })
}
