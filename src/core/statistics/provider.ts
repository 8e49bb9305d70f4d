/** Which mailbox provider a mail host belongs to: the registered domain of its name. */
import { getDomain } from 'tldts'

/** `google.com` for gmail-smtp-in.l.google.com; what has no registered domain, such as an address, stands for itself. */
export function providerOf(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '')
  return getDomain(name) ?? name
}
