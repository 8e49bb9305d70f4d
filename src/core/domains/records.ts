/** The DNS records of a sending domain: what its owner publishes, in two forms, and what the operator publishes. */
import { getDomain } from 'tldts'
import { publicKeyRecord } from '../../mail/dkim.ts'

export interface ExpectedRecord {
  record: 'DKIM' | 'SPF' | 'DMARC' | 'Host'
  type: 'TXT' | 'MX' | 'CNAME' | 'A' | 'AAAA' | 'PTR'
  /** The absolute name, without the last dot. */
  name: string
  value: string
  /** MX only. */
  priority?: number
}

export interface DomainKeys {
  id: string
  name: string
  /** The label under which bounces return: `send`. */
  returnPath: string
  /** Public keys in DER (SubjectPublicKeyInfo). */
  selectors: { selector: string; publicKey: Buffer }[]
}

/** What a check found of each record, by `recordName`; a record that is not named was not looked for yet. */
export type RecordsFound = Record<string, 'verified' | 'failed'>

export type RecordStatus = 'not_started' | 'pending' | 'verified' | 'failed'

const mxPriority = 10

/** The records a domain's check looks for; DKIM by TXT with both selectors, the return path's MX and SPF. */
export function expectedRecords(domain: DomainKeys, hostname: string): ExpectedRecord[] {
  return [
    ...dkimRecords(domain, (selector) => `${selector}._domainkey.${domain.name}`),
    ...returnPathRecords(`${domain.returnPath}.${domain.name}`, hostname),
  ]
}

/** The same by CNAME: keys and return path then change without the owner's doing. */
export function aliasRecords(domain: DomainKeys, hostname: string): ExpectedRecord[] {
  const dkim = domain.selectors.map(
    ({ selector }): ExpectedRecord => ({
      record: 'DKIM',
      type: 'CNAME',
      name: `${selector}._domainkey.${domain.name}`,
      value: dkimTarget(domain, selector, hostname),
    }),
  )
  return [
    ...dkim,
    {
      record: 'SPF',
      type: 'CNAME',
      name: `${domain.returnPath}.${domain.name}`,
      value: returnPathTarget(domain, hostname),
    },
  ]
}

/** What the operator publishes so that the CNAME form of this domain leads somewhere. */
export function aliasTargetRecords(domain: DomainKeys, hostname: string): ExpectedRecord[] {
  return [
    ...dkimRecords(domain, (selector) => dkimTarget(domain, selector, hostname)),
    ...returnPathRecords(returnPathTarget(domain, hostname), hostname),
  ]
}

/** What the operator publishes once, for all domains. `addresses` are those from which mail leaves. */
export function operatorRecords(hostname: string, addresses: string[]): ExpectedRecord[] {
  const mechanisms = addresses.map((address) => `ip${isSix(address) ? 6 : 4}:${address}`)
  const spf = mechanisms.length > 0 ? mechanisms.join(' ') : `a:${hostname}`
  const hosts = addresses.flatMap((address): ExpectedRecord[] => [
    { record: 'Host', type: isSix(address) ? 'AAAA' : 'A', name: hostname, value: address },
    { record: 'Host', type: 'PTR', name: reverseName(address), value: hostname },
  ])
  return [
    ...hosts,
    { record: 'SPF', type: 'TXT', name: spfName(hostname), value: `v=spf1 ${spf} -all` },
    ...returnPathRecords(hostname, hostname),
  ]
}

/** Not looked for: without a policy of one's own, some receivers trust a domain less (RFC 7489 §6.3). */
export function dmarcAdvice(domainName: string): ExpectedRecord {
  return { record: 'DMARC', type: 'TXT', name: `_dmarc.${domainName}`, value: 'v=DMARC1; p=none;' }
}

/** The key of a record in `RecordsFound`. */
export function recordName({ type, name }: Pick<ExpectedRecord, 'type' | 'name'>): string {
  return `${type} ${name}`
}

export function recordStatus(
  record: ExpectedRecord,
  { found, isChecking }: { found: RecordsFound; isChecking: boolean },
): RecordStatus {
  const known = found[recordName(record)]
  if (known === 'verified') return known
  if (isChecking) return 'pending'
  return known ?? 'not_started'
}

/** A name as it is entered at the zone of its registered domain: `send.mail` for send.mail.example.com. */
export function nameInZone(name: string, domainName: string): string {
  const zone = getDomain(domainName) ?? domainName
  if (name === zone) return '@'
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name
}

/** False for a public suffix such as `co.uk`, under which others register their domains. */
export function isRegistrable(domainName: string): boolean {
  return getDomain(domainName) !== null
}

function dkimRecords(
  { selectors }: DomainKeys,
  nameOf: (selector: string) => string,
): ExpectedRecord[] {
  return selectors.map(({ selector, publicKey }) => ({
    record: 'DKIM',
    type: 'TXT',
    name: nameOf(selector),
    value: publicKeyRecord(publicKey, { bare: true }),
  }))
}

/** The include is one name for all domains, so that source addresses may change behind it. */
function returnPathRecords(name: string, hostname: string): ExpectedRecord[] {
  return [
    { record: 'SPF', type: 'MX', name, value: hostname, priority: mxPriority },
    { record: 'SPF', type: 'TXT', name, value: `v=spf1 include:${spfName(hostname)} ~all` },
  ]
}

function spfName(hostname: string): string {
  return `_spf.${hostname}`
}

/** By the domain's id: two accounts may both have added the same name, and each has keys of its own. */
function dkimTarget({ id }: DomainKeys, selector: string, hostname: string): string {
  return `${selector}.${label(id)}.dkim.${hostname}`
}

function returnPathTarget({ id }: DomainKeys, hostname: string): string {
  return `${label(id)}.send.${hostname}`
}

function label(id: string): string {
  return id.replaceAll('-', '')
}

/** RFC 1035 §3.5 and RFC 3596 §2.5. */
function reverseName(address: string): string {
  if (!isSix(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [first, last] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  const digits = [...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join('')
  return `${[...digits].reverse().join('.')}.ip6.arpa`
}

function isSix(address: string): boolean {
  return address.includes(':')
}
