/** The DNS records of a sending domain: what its owner publishes, in two forms, and what the operator publishes. */
import { ed25519KeyRecord, publicKeyRecord } from '../../mail/dkim.ts'

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
  /** Public keys in DER (SubjectPublicKeyInfo), the one that signs first. */
  selectors: { selector: string; algorithm: 'rsa' | 'ed25519'; publicKey: Buffer }[]
}

/** What the last look at one record found. */
export interface FoundRecord {
  /** `temporary_failure`: it was there before, and its loss does not count yet. */
  status: 'verified' | 'temporary_failure' | 'failed'
  /** Bounded in number and length; MX with its preference before the host. */
  values: string[]
  /** The address of the name server that said so. */
  answeredBy: string
  /** Milliseconds. */
  at: number
  /** What is wrong, in words for its owner. */
  hint: string | null
  /** At the last look nobody could say: this is what was known before. */
  unanswered?: true
  /** Of an SPF record: the DNS look-ups that evaluating it takes. */
  lookups?: number
  /** Of these, those that find nothing. */
  voids?: number
  /** Since when, and for how many looks, a record is gone that was there. */
  missing?: { since: number; looks: number }
}

/** By `recordName`; a record that is not named was not looked for yet. */
export type RecordsFound = Record<string, FoundRecord>

export type RecordStatus = 'not_started' | 'pending' | FoundRecord['status']

const mxPriority = 10

/** The records a domain's check looks for; DKIM by TXT with both selectors, the return path's MX and SPF. */
export function expectedRecords(domain: DomainKeys, hostname: string): ExpectedRecord[] {
  return [
    ...dkimRecords(domain, (selector) => `${selector}._domainkey.${domain.name}`),
    ...returnPathRecords(`${domain.returnPath}.${domain.name}`, hostname),
  ]
}

/** The keys by CNAME, the return path as it is. */
export function dkimAliasRecords(domain: DomainKeys, hostname: string): ExpectedRecord[] {
  const returnPath = returnPathRecords(`${domain.returnPath}.${domain.name}`, hostname)
  return [...dkimAliases(domain, hostname), ...returnPath]
}

/** All by CNAME: keys and return path then change without the owner's doing. */
export function aliasRecords(domain: DomainKeys, hostname: string): ExpectedRecord[] {
  return [
    ...dkimAliases(domain, hostname),
    {
      record: 'SPF',
      type: 'CNAME',
      name: `${domain.returnPath}.${domain.name}`,
      value: returnPathTarget(domain, hostname),
    },
  ]
}

function dkimAliases(domain: DomainKeys, hostname: string): ExpectedRecord[] {
  return domain.selectors.map(({ selector }) => ({
    record: 'DKIM',
    type: 'CNAME',
    name: `${selector}._domainkey.${domain.name}`,
    value: dkimTarget(domain, selector, hostname),
  }))
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
  const known = foundOf(record, found)?.status
  if (known === 'verified') return known
  if (isChecking) return 'pending'
  return known ?? 'not_started'
}

/** By TXT also for a record in the form of a CNAME: the alias is followed when it is looked for. */
export function foundOf(record: ExpectedRecord, found: RecordsFound): FoundRecord | undefined {
  const type = record.type === 'CNAME' ? 'TXT' : record.type
  return found[recordName({ type, name: record.name })]
}

function dkimRecords(
  { selectors }: DomainKeys,
  nameOf: (selector: string) => string,
): ExpectedRecord[] {
  return selectors.map(({ selector, algorithm, publicKey }) => ({
    record: 'DKIM',
    type: 'TXT',
    name: nameOf(selector),
    value:
      algorithm === 'ed25519'
        ? ed25519KeyRecord(publicKey)
        : publicKeyRecord(publicKey, { bare: true }),
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
export function reverseName(address: string): string {
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
