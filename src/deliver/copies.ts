/** The copies of one message: the same for all recipients, or for each its own where it carries a link of the recipient's. */
import type { KeyObject } from 'node:crypto'
import { apiAddress } from '../config/api-address.ts'
import type { Settings } from '../config/settings.ts'
import type { Envelope } from '../core/messages/envelope.ts'
import { unsubscribeToken } from '../core/unsubscribes/link.ts'
import type { Header } from '../mail/headers.ts'
import { unsubscribeHeaders } from '../mail/list-unsubscribe.ts'
import type { Composed, Head } from './compose.ts'
import type { FindRoute } from './route.ts'
import { domainOf } from './route.ts'

export interface Copy {
  /** Number of the delivery it is for; null: for all of them. */
  n: number | null
  head: Head
}

/** What links in a message for that domain begin with; null: there is no address that its reader could reach. */
export type LinkBase = (recipientDomain: string) => string | null

/** Without a public address links lead to this machine, and only the local inbox is there to read them. */
export function makeLinkBase(
  settings: Pick<Settings, 'publicUrl' | 'httpPort' | 'bind'>,
  findRoute: FindRoute,
): LinkBase {
  const { publicUrl } = settings
  const localUrl = apiAddress(settings)
  return (domain) => publicUrl ?? (findRoute(domain).isInbox ? localUrl : null)
}

export interface Addressed {
  accountId: string
  messageId: string
  envelope: Envelope
  key: KeyObject
  /** Numbers of the deliveries that are to be made now. */
  ns: readonly number[]
}

export function copiesOf(message: Addressed, composed: Composed, linkBase: LinkBase): Copy[] {
  if (!message.envelope.unsubscribes) return [{ n: null, head: composed.head([]) }]
  return message.ns.map((n) => ({ n, head: composed.head(wayOut(message, n, linkBase)) }))
}

function wayOut(
  { accountId, messageId, envelope, key }: Addressed,
  n: number,
  linkBase: LinkBase,
): Header[] {
  const recipient = envelope.recipients[n]
  if (recipient === undefined) throw new RangeError('the envelope has no such recipient')
  const base = linkBase(domainOf(recipient))
  if (base === null) return []
  const token = unsubscribeToken(key, { accountId, messageId, n, recipient })
  return unsubscribeHeaders(`${base}/unsubscribe/${token}`)
}
