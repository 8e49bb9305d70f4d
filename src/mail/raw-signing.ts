/** What a raw message says of its sender, and its lines for DKIM, in the terms in which vault judges them. */
import type { Mailbox } from './address.ts'
import { headersToSign, shownName } from './dkim.ts'
import type { Header } from './headers.ts'
import { explainMailboxes, parseMailboxes } from './mailbox-list.ts'
import { RawMessageFault } from './raw-fault.ts'
import { fieldValue, type RawMessage } from './raw-message.ts'

/**
 * The mailboxes of the header From, names decoded. Throws RawMessageFault for groups, comments, and names that hide
 * another address. Vault signs only where there is exactly one.
 */
export function rawFrom({ fields }: RawMessage): Mailbox[] {
  const field = fields.find(({ name }) => name.toLowerCase() === 'from')
  if (!field) throw new RangeError('a raw message that was read has a From')
  // Folds may leave tabs, which are blanks in a header and control characters in a mailbox.
  const value = fieldValue(field).replaceAll('\t', ' ')
  const mailboxes = parseMailboxes(value)
  if (!mailboxes) throw new RawMessageFault('bad_from', field.line, explainMailboxes(value))
  return mailboxes.map((mailbox) => {
    const name = shownName(mailbox.name)
    if (name !== undefined) return { ...mailbox, name }
    const detail = 'The display name hides brackets or control characters; remove them.'
    throw new RawMessageFault('bad_from', field.line, detail)
  })
}

/** The canonical lines of the fields to be signed, with those put before them, as `headersToSign` gives them. */
export function rawHeadersToSign(
  { fields }: RawMessage,
  { prepended = [] }: { prepended?: readonly Header[] } = {},
): string {
  return headersToSign([
    ...prepended,
    ...fields.map(({ name, bytes }): Header => [name, bytes.toString('utf8', name.length + 1)]),
  ])
}
