/** What `postern doctor --live` finds of the instance itself: its name, its addresses, and its way into the world. */
import type { HostPort, Settings } from '../config/settings.ts'
import { type LookUp, plainHost, type RecordAnswer } from '../core/domains/look-at-record.ts'
import { operatorRecords, reverseName } from '../core/domains/records.ts'
import { isSpfPolicy, spfTerms } from '../mail/spf-lookups.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import type { Knock } from './knock.ts'

export interface LiveDeps {
  settings: Pick<Settings, 'hostname' | 'route'>
  lookUp: LookUp
  knock: Knock
}

/** Has mail hosts that answer everybody; asked when the domain itself has none. */
const knownDomain = 'gmail.com'
const smtpPort = 25

export async function examineLive(domainName: string, deps: LiveDeps): Promise<Finding[]> {
  const { settings } = deps
  return [
    ...(await examineOwnName(settings.hostname, deps.lookUp)),
    ...(await examineRoute(deps)),
    await examinePort(domainName, deps),
    ok(
      'blocklists',
      'not asked: look your addresses up on the lists’ own pages, which answer people and refuse shared resolvers',
    ),
  ]
}

async function examineOwnName(hostname: string, lookUp: LookUp): Promise<Finding[]> {
  if (hostname.endsWith('localhost')) {
    return [
      fail(
        'hostname',
        `${hostname} is a name of this machine only`,
        'set POSTERN_HOSTNAME to a name in DNS that leads to this machine',
      ),
    ]
  }
  const [four, six] = await Promise.all([
    lookUp({ type: 'A', name: hostname }),
    lookUp({ type: 'AAAA', name: hostname }),
  ])
  const addresses = [...valuesOf(four), ...valuesOf(six)]
  if (addresses.length === 0) {
    const says = [four, six].every(({ kind }) => kind === 'unanswered')
      ? `no name server says where ${hostname} is`
      : `${hostname} has no address`
    const fix = 'publish an A record with the address from which mail leaves'
    return [fail('hostname', says, fix)]
  }
  return [
    ok('hostname', `${hostname} is ${addresses.join(', ')}`),
    ...(await Promise.all(addresses.map((address) => examineReverse(hostname, address, lookUp)))),
    await examineOperatorSpf(hostname, addresses, lookUp),
    await examineBounces(hostname, lookUp),
  ]
}

async function examineReverse(hostname: string, address: string, lookUp: LookUp): Promise<Finding> {
  const names = valuesOf(await lookUp({ type: 'PTR', name: reverseName(address) })).map(plainHost)
  if (names.includes(hostname)) return ok('reverse name', `${address} is ${hostname} again`)
  const found = names.length === 0 ? 'no name' : names.join(', ')
  return fail(
    'reverse name',
    `${address} has ${found} in reverse; many receivers refuse mail from such an address`,
    `ask whoever gave you the address to set its reverse name (PTR) to ${hostname}`,
  )
}

async function examineOperatorSpf(
  hostname: string,
  addresses: readonly string[],
  lookUp: LookUp,
): Promise<Finding> {
  const wanted = operatorRecords(hostname, [...addresses]).find(({ record }) => record === 'SPF')
  const name = wanted?.name ?? hostname
  const policies = valuesOf(await lookUp({ type: 'TXT', name })).filter(isSpfPolicy)
  const fix = `publish TXT ${name} ${wanted?.value ?? ''}`
  const [policy] = policies
  if (policy === undefined || policies.length > 1) {
    const says = policy === undefined ? 'is not there' : 'is there twice, which is an error'
    return fail('spf', `the SPF record that all domains include (${name}) ${says}`, fix)
  }
  const terms = spfTerms(policy)
  const named = (address: string) =>
    terms.some((term) => term === `ip4:${address}` || term === `ip6:${address}`)
  if (terms.includes(`a:${hostname}`) || addresses.every(named)) {
    return ok('spf', `${name} names the addresses of ${hostname}`)
  }
  return warn('spf', `${name} does not name every address of ${hostname}`, fix)
}

async function examineBounces(hostname: string, lookUp: LookUp): Promise<Finding> {
  const hosts = valuesOf(await lookUp({ type: 'MX', name: hostname }))
  if (hosts.some((value) => plainHost(value.split(' ')[1] ?? '') === hostname)) {
    return ok('bounces', `${hostname} takes its own bounces`)
  }
  return warn(
    'bounces',
    `${hostname} has no MX record to itself, so bounces of domains without a return path get lost`,
    `publish MX ${hostname} 10 ${hostname}`,
  )
}

/** This version hands everything to the inbox or to a relay, so that is its way into the world. */
async function examineRoute({ settings: { route }, knock }: LiveDeps): Promise<Finding[]> {
  if (route === 'inbox') {
    return [
      fail(
        'route',
        'all mail goes to the local inbox and none into the world',
        'set POSTERN_ROUTE=smtp://host:port to a relay',
      ),
    ]
  }
  const shown = `${route.host}:${route.port}`
  const { refusal, tls } = await knock(route)
  if (refusal !== null) {
    return [
      fail('route', `the relay ${shown} cannot be used: ${refusal}`, 'mend that, or name another'),
    ]
  }
  return [ok('route', `the relay ${shown} answers`), judgeTls(shown, tls)]
}

/** Enforced TLS needs it; else whoever listens on the way can read all mail. */
function judgeTls(host: string, tls: string | null): Finding {
  if (tls !== null) return ok('tls', `${host} speaks ${tls}`)
  return warn(
    'tls',
    `${host} offers no TLS, so mail travels in clear and that of domains with enforced TLS not at all`,
    'switch STARTTLS on there, or look for a firewall that strips it',
  )
}

async function examinePort(name: string, { lookUp, knock, settings }: LiveDeps): Promise<Finding> {
  const target = (await firstMailHost(name, lookUp)) ?? (await firstMailHost(knownDomain, lookUp))
  if (target === undefined) {
    return warn('port 25', 'not tried: no mail host was found to try it on', 'look at the resolver')
  }
  const { refusal, tls } = await knock(target)
  const host = target.host
  if (refusal === null) {
    return ok(
      'port 25',
      `open: ${host} answers${tls === null ? ', without TLS' : ` and speaks ${tls}`}`,
    )
  }
  const matters =
    settings.route === 'inbox'
      ? 'mail could not leave this machine by itself'
      : 'which does not matter while a relay takes all mail'
  return warn(
    'port 25',
    `${host} does not answer (${refusal}); ${matters}`,
    'many providers close port 25 outward until asked: ask yours, or keep to a relay',
  )
}

async function firstMailHost(name: string, lookUp: LookUp): Promise<HostPort | undefined> {
  const hosts = valuesOf(await lookUp({ type: 'MX', name }))
    .map((value) => value.split(' '))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, host = '']) => plainHost(host))
    // A single dot says that the domain takes no mail (RFC 7505).
    .filter((host) => host !== '')
  return hosts[0] === undefined ? undefined : { host: hosts[0], port: smtpPort }
}

function valuesOf(answer: RecordAnswer): string[] {
  return answer.kind === 'found' ? answer.values : []
}
