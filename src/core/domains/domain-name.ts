/** Names of sending domains: which may be added, how they are shown, and in which zone their records are entered. */
import { domainToUnicode } from 'node:url'
import { getDomain } from 'tldts'
import { Refusal } from '../../lib/refusal.ts'
import { asciiDomain } from '../../mail/address.ts'
import { sandboxDomain } from '../accounts/system-account.ts'

/** In lower-case A-labels. Refuses what is no domain, public suffixes, and what belongs to the installation. */
export function readDomainName(text: string): string {
  const name = asciiDomain(text)
  if (name === undefined) {
    throw new Refusal(
      'invalid_input',
      'The `name` field must be a domain name such as example.com, without scheme, path or @.',
    )
  }
  if (name === sandboxDomain || name.endsWith(`.${sandboxDomain}`)) {
    throw new Refusal(
      'already_exists',
      `The domain ${sandboxDomain} belongs to the installation; give a domain of your own.`,
    )
  }
  if (!isRegistrable(name)) {
    throw new Refusal(
      'invalid_input',
      'The `name` field is a public suffix under which others register domains; give a domain of your own.',
    )
  }
  return name
}

/** The name as its owner writes it, when that differs: `bücher.example` for xn--bcher-kva.example. */
export function unicodeName(name: string): string | undefined {
  const unicode = domainToUnicode(name)
  return unicode === '' || unicode === name ? undefined : unicode
}

/** False for a public suffix such as `co.uk`, under which others register their domains. */
export function isRegistrable(domainName: string): boolean {
  return getDomain(domainName) !== null
}

/**
 * The registered domain, whose zone its owner edits. Names under a private suffix (`shop.eu.com`) are registered too; the
 * suffix itself is its owner's ordinary domain.
 */
export function zoneOf(domainName: string): string {
  return getDomain(domainName, { allowPrivateDomains: true }) ?? getDomain(domainName) ?? domainName
}

/** A name as it is entered at the zone of its registered domain: `send.mail` for send.mail.example.com. */
export function nameInZone(name: string, domainName: string): string {
  const zone = zoneOf(domainName)
  if (name === zone) return '@'
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name
}
