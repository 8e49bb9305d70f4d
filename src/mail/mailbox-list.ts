/** Lists of mailboxes as a header has them (RFC 5322 §3.4), without groups. */
import { explainMailbox, type Mailbox, parseMailbox } from './address.ts'

/** One mailbox or more between commas, or undefined; `explainMailboxes` then says why. */
export function parseMailboxes(text: string): Mailbox[] | undefined {
  const mailboxes: Mailbox[] = []
  for (const entry of splitList(text)) {
    const mailbox = parseMailbox(entry)
    if (!mailbox) return undefined
    mailboxes.push(mailbox)
  }
  return mailboxes
}

/** Why `parseMailboxes` says no, of the first entry at fault, without the text itself. Empty when it says yes. */
export function explainMailboxes(text: string): string {
  for (const entry of splitList(text)) {
    const sentence = explainMailbox(entry)
    if (sentence !== '') return sentence
  }
  return ''
}

/** At commas outside double quotes; a backslash within them takes the next character along. */
function splitList(text: string): string[] {
  const entries: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '"') isQuoted = !isQuoted
    else if (char === '\\' && isQuoted) at += 1
    else if (char === ',' && !isQuoted) {
      entries.push(text.slice(start, at))
      start = at + 1
    }
  }
  entries.push(text.slice(start))
  return entries
}
