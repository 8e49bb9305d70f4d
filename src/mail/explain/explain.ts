/**
 * Says in plain words what a pasted text is about: a bounce, an SMTP reply or the header of a message. It reads text and
 * nothing else, keeps nothing, and costs a few passes over it, whatever stands in it.
 */
import { explainBounce, parseReply } from '../reply.ts'
import { authenticationVerdicts, type Verdict } from './authentication.ts'
import { type ReportedRecipient, readDeliveryReport } from './delivery-report.ts'
import { type Field, readFields } from './header-fields.ts'
import { type Hop, receivedPath } from './received-path.ts'
import { classWords, type Explained, explainEnhanced, explainReplyCode } from './status-words.ts'

export interface Finding extends Explained {
  /** What it is about: an address, or the reply itself. */
  about: string | null
  /** The codes it was read from, such as `550 5.1.1`. */
  codes: string
  /** The words of the host, as they came. */
  words: string | null
  tone: 'good' | 'warn' | 'bad'
}

export interface Explanation {
  kind: 'bounce' | 'reply' | 'header' | 'unknown'
  findings: Finding[]
  path: Hop[]
  verdicts: Verdict[]
}

/** Longer texts are read to here. */
export const explainedLengthMax = 500_000
const replyLinesMax = 400
const findingsMax = 20
const inText = /\b([245]\d\d)[ -](?:#)?([245]\.\d{1,3}\.\d{1,3})?/

export function explain(text: string): Explanation {
  const read = text.slice(0, explainedLengthMax)
  const fields = readFields(read)
  const path = receivedPath(fields)
  const verdicts = authenticationVerdicts(fields)
  const reported = readDeliveryReport(read)
  if (reported.length > 0) {
    return { kind: 'bounce', findings: reported.map(ofRecipient), path, verdicts }
  }
  const isHeader = path.length > 0 || verdicts.length > 0 || isMessageHeader(fields)
  const findings = isHeader ? [] : repliesIn(read)
  if (findings.length > 0) return { kind: 'reply', findings, path, verdicts }
  return { kind: isHeader ? 'header' : 'unknown', findings, path, verdicts }
}

function isMessageHeader(fields: readonly Field[]): boolean {
  const known = ['from', 'to', 'subject', 'date', 'message-id', 'dkim-signature', 'return-path']
  return fields.filter(({ name }) => known.includes(name)).length >= 2
}

function ofRecipient({ recipient, action, status, diagnostic, host }: ReportedRecipient): Finding {
  const code = Number(/\b([245]\d\d)\b/.exec(diagnostic ?? '')?.[1] ?? Number.NaN)
  // The host's own enhanced code says more than the general one that stands in for it.
  const own = inText.exec(diagnostic ?? '')?.[2]
  const enhanced = own ?? status ?? undefined
  const said = wordsFor({ code, enhanced, words: diagnostic ?? '' })
  const state: Record<string, Explained> = {
    delivered: { meaning: 'The message was delivered.', advice: 'Nothing.' },
    relayed: {
      meaning: 'The message was passed on to a host that sends no such reports.',
      advice: 'Nothing; what came of it is not told.',
    },
    expanded: {
      meaning: 'The address is a list, and the message went to its members.',
      advice: 'Nothing.',
    },
  }
  return {
    ...(state[action] ?? said),
    about: recipient,
    codes: [Number.isNaN(code) ? '' : String(code), enhanced ?? ''].filter(Boolean).join(' '),
    words: [diagnostic, host && `(${host})`].filter(Boolean).join(' ') || null,
    tone: action === 'failed' ? 'bad' : action === 'delayed' ? 'warn' : 'good',
  }
}

/** Lines that are, or have in them, the reply of a mail host; lines of one reply belong together. */
function repliesIn(text: string): Finding[] {
  const found: Finding[] = []
  let open: string[] = []
  for (const raw of text.split(/\r\n|\n|\r/).slice(0, replyLinesMax)) {
    const line = raw.slice(0, 1_000)
    const start = inText.exec(line)
    if (!start) {
      // A bare enhanced code, as some interfaces show it.
      const bare = /(?:^|\s)([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(line)?.[1]
      if (bare) found.push(ofReply({ code: Number.NaN, enhanced: bare, lines: [line.trim()] }))
      continue
    }
    const part = line.slice(start.index)
    open.push(part)
    if (/^\d\d\d-/.test(part) && open.length < 100) continue
    const reply = parseReply(open) ?? parseReply([part])
    found.push(ofReply(reply ?? { code: Number(start[1]), enhanced: start[2], lines: [part] }))
    open = []
    if (found.length >= findingsMax) break
  }
  return unlike(found)
}

function ofReply({
  code,
  enhanced,
  lines,
}: {
  code: number
  enhanced: string | undefined
  lines: readonly string[]
}): Finding {
  const words = lines.join(' ')
  const digit = Number.isNaN(code) ? (enhanced ?? '').charAt(0) : String(code).charAt(0)
  return {
    ...wordsFor({ code, enhanced, words }),
    about: null,
    codes: [Number.isNaN(code) ? '' : String(code), enhanced ?? ''].filter(Boolean).join(' '),
    words,
    tone: digit === '2' ? 'good' : digit === '4' ? 'warn' : 'bad',
  }
}

function wordsFor(given: { code: number; enhanced: string | undefined; words: string }): Explained {
  const { code, enhanced, words } = given
  const digit = (enhanced ?? String(code)).charAt(0)
  const byReason = digit === '5' ? reasonWords[explainBounce(asReply(given))] : undefined
  // Where the words say more than a code that means little, they decide.
  const isVague = enhanced === undefined || /^5\.(0|5)\.0$|^5\.7\.[01]$/.test(enhanced)
  const said =
    (isVague ? byReason : undefined) ??
    (enhanced === undefined ? undefined : explainEnhanced(enhanced)) ??
    byReason ??
    explainReplyCode(code)
  const end = classWords(digit)
  if (!said) {
    const isKnown = end !== ''
    return {
      meaning: isKnown
        ? `The host answered ${words.slice(0, 80)}. ${end}`
        : 'This code is not known.',
      advice: digit === '4' ? 'Wait.' : 'Read the words of the host; they are all there is.',
    }
  }
  return { meaning: digit === '2' ? said.meaning : `${said.meaning} ${end}`, advice: said.advice }
}

function asReply({
  code,
  enhanced,
  words,
}: {
  code: number
  enhanced: string | undefined
  words: string
}) {
  return { code: Number.isNaN(code) ? 550 : code, enhanced, lines: [words] }
}

const reasonWords: Partial<Record<ReturnType<typeof explainBounce>, Explained>> = {
  no_such_recipient: {
    meaning: 'There is no such mailbox at that domain.',
    advice: 'Correct the address with its owner, or take it off your lists.',
  },
  no_such_domain: {
    meaning: 'The domain of the address does not exist or takes no mail.',
    advice: 'Look for a typing mistake behind the @.',
  },
  recipient_disabled: {
    meaning: 'The mailbox was switched off by its owner or provider.',
    advice: 'Take the address off your lists.',
  },
  mailbox_full: {
    meaning: 'The mailbox is full.',
    advice: 'Wait some days and send again. A mailbox that stays full is usually abandoned.',
  },
  message_too_large: {
    meaning: 'The message is larger than the host takes.',
    advice: 'Send a link in place of the attachment.',
  },
  sender_refused: {
    meaning: 'The host does not take the sender’s address.',
    advice: 'Check the From address and the records of its domain.',
  },
  blocked: {
    meaning: 'The host blocks the message: by reputation, a block list, authentication or content.',
    advice:
      'Read its words and the page they link to; check SPF, DKIM and DMARC of the domain, and what was sent lately.',
  },
}

/** The same answer many times over is told once. */
function unlike(found: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return found.filter(({ codes, words }) => {
    const name = `${codes} ${words}`
    return !seen.has(name) && seen.add(name)
  })
}
