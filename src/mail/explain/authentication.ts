/** What a receiving host found out about who sent a message: Authentication-Results (RFC 8601) in plain words. */
import type { Field } from './header-fields.ts'

export interface Verdict {
  method: string
  result: string
  /** Whose name it was about; null when it is not said. */
  about: string | null
  meaning: string
  tone: 'good' | 'bad' | 'plain'
}

const verdictsMax = 30
const methodNames: Readonly<Record<string, string>> = {
  spf: 'SPF',
  dkim: 'DKIM',
  dmarc: 'DMARC',
  arc: 'ARC',
}
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  spf: {
    pass: 'The sending address may send for the domain of the return path.',
    fail: 'The domain says that this address may not send for it. Publish the SPF record of the domain page.',
    softfail:
      'The domain says that this address probably may not send for it. Complete the SPF record.',
    neutral: 'The domain’s SPF record says nothing about this address.',
    none: 'The domain has no SPF record. Publish the one of the domain page.',
    permerror: 'The SPF record cannot be read: it is malformed or needs more than ten look-ups.',
    temperror: 'The SPF record could not be looked up just then.',
  },
  dkim: {
    pass: 'The signature holds: the message is as the domain signed it.',
    fail: 'The signature does not hold: the message was changed on its way, or the key in DNS is another.',
    none: 'The message has no signature. Verify the domain, so that its mail is signed.',
    policy: 'The signature holds, but the host does not accept it by a rule of its own.',
    neutral: 'The signature could not be judged.',
    permerror:
      'The signature or its key record is malformed. Compare the DKIM records with the domain page.',
    temperror: 'The key of the signature could not be looked up just then.',
  },
  dmarc: {
    pass: 'SPF or DKIM passed for the domain in From, so the author is who they say.',
    fail: 'Neither SPF nor DKIM passed for the domain in From. Sign with the From domain, or set its return path.',
    none: 'The domain in From has no DMARC record. Publish one, beginning with `p=none`.',
    permerror: 'The DMARC record is malformed.',
    temperror: 'The DMARC record could not be looked up just then.',
  },
  arc: {
    pass: 'Who passed the message on vouches for what they saw.',
    fail: 'The chain of those who passed it on does not hold.',
    none: 'Nobody who passed it on has left a seal.',
  },
}
const aboutProperties: Readonly<Record<string, readonly string[]>> = {
  spf: ['smtp.mailfrom', 'smtp.helo'],
  dkim: ['header.d', 'header.i'],
  dmarc: ['header.from'],
  arc: [],
}

/** Of the topmost field alone: those below may have been written by anyone. */
export function authenticationVerdicts(fields: readonly Field[]): Verdict[] {
  const field =
    fields.find(({ name }) => name === 'authentication-results') ??
    fields.find(({ name }) => name === 'arc-authentication-results')
  if (!field) return []
  return splitResults(field.value)
    .slice(0, verdictsMax)
    .flatMap((part) => readVerdict(part))
}

function readVerdict(part: string): Verdict[] {
  const match = /^\s*([a-z]+)(?:\/[0-9]+)?\s*=\s*([a-z]+)/i.exec(part)
  const method = match?.[1]?.toLowerCase() ?? ''
  const result = match?.[2]?.toLowerCase() ?? ''
  const name = methodNames[method]
  if (!name) return []
  const about = (aboutProperties[method] ?? []).flatMap((property) => valueIn(part, property))[0]
  return [
    {
      method: name,
      result,
      about: about ?? null,
      meaning: words[method]?.[result] ?? 'The host gives a result that is not in the standard.',
      tone:
        result === 'pass'
          ? 'good'
          : ['fail', 'softfail', 'permerror'].includes(result)
            ? 'bad'
            : 'plain',
    },
  ]
}

function valueIn(part: string, property: string): string[] {
  const at = part.toLowerCase().indexOf(`${property}=`)
  const value = at === -1 ? '' : part.slice(at + property.length + 1)
  const word = /^"?([^\s;"()]{1,300})/.exec(value)?.[1]
  return word === undefined ? [] : [word]
}

/** At semicolons outside comments and quotes; comments are dropped. */
function splitResults(value: string): string[] {
  const parts = ['']
  let depth = 0
  let isQuoted = false
  for (const char of value) {
    if (char === '"' && depth === 0) isQuoted = !isQuoted
    if (!isQuoted && char === '(') depth += 1
    else if (!isQuoted && char === ')') depth = Math.max(0, depth - 1)
    else if (!isQuoted && depth === 0 && char === ';') parts.push('')
    else if (depth === 0) parts.push((parts.pop() ?? '') + char)
  }
  return parts
}
