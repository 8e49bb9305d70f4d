/** What `postern doctor` can say without a running instance: the machine, the home and its secrets, the settings. */
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, type Stats, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { systemClock } from '../lib/clock.ts'
import { isLoopbackAddress } from '../lib/loopback.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import { bytes, count } from './plain-text.ts'

const nodeMajorMin = 24
const freeBytesMin = 1024 ** 3
const freeBytesWanted = 5 * 1024 ** 3
const freeShareWanted = 0.1
/** Files that only their owner may read; what is absent is not looked at. */
const secretFiles = [
  'operator.token',
  'root.key',
  'root.sealed',
  'database.password',
  'run.json',
  'tls/key.pem',
  'jobs/acme-account.pem',
]
/** Most issuers renew a third of the time before the end, which is at least this. */
const certificateDaysWanted = 14
const dayMs = 24 * 3600 * 1000
const keyFile = 'first-account.key'

export function examineHome(settings: Settings): Finding[] {
  const { home } = settings
  if (!existsSync(home)) {
    return [
      examineNode(process.versions.node),
      fail('home', `there is no folder ${home}`, 'set POSTERN_HOME, or run `postern run` once'),
    ]
  }
  const { bsize, bavail, blocks } = statfsSync(home)
  return [
    examineNode(process.versions.node),
    examineRootKey(settings),
    ...[...secretFiles, keyFile].flatMap((name) => examineSecret(join(home, name))),
    examineDisk({ home, free: bsize * bavail, size: bsize * blocks }),
    examineHostname(settings),
    examineConsole(settings),
    // Of an authority's the database knows, see examine-certificate.ts.
    ...(settings.acme === null ? [examineCertificate(settings, systemClock.now())] : []),
  ]
}

export function examineNode(version: string): Finding {
  if (Number(version.split('.')[0]) >= nodeMajorMin) return ok('node', `Node ${version}`)
  return fail('node', `Node ${version} is too old`, 'run `npm start`, which brings the right one')
}

function examineRootKey({ home, unsealCommand }: Settings): Finding {
  const isPlain = existsSync(join(home, 'root.key'))
  if (unsealCommand !== null) {
    if (!isPlain) return ok('root key', 'comes from POSTERN_UNSEAL_COMMAND')
    return warn(
      'root key',
      `comes from POSTERN_UNSEAL_COMMAND, but lies in ${home}/root.key too`,
      'remove the file once you are sure that the command prints the same key',
    )
  }
  const isSealed = existsSync(join(home, 'root.sealed'))
  if (isPlain && isSealed) {
    return warn(
      'root key',
      'lies in root.key beside root.sealed',
      'run `postern vault protect` again, which removes root.key',
    )
  }
  if (isSealed) return ok('root key', 'behind a passphrase in root.sealed')
  if (isPlain) {
    return ok('root key', 'in root.key; `postern vault protect` puts it behind a passphrase')
  }
  return fail(
    'root key',
    `neither root.key nor root.sealed is in ${home}`,
    'put it back from its copy; without it nothing opens',
  )
}

function examineSecret(file: string): Finding[] {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) return []
  return [judgeSecret(file, found)]
}

export function judgeSecret(file: string, { mode, uid }: Pick<Stats, 'mode' | 'uid'>): Finding {
  const name = file.slice(file.lastIndexOf('/') + 1)
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8)
    return fail(name, `others can read it (mode ${shown})`, `chmod 600 ${file}`)
  }
  const own = process.getuid?.()
  if (own !== undefined && own !== 0 && uid !== own) {
    return fail(
      name,
      `it belongs to another user (number ${uid})`,
      'run as the user who started it',
    )
  }
  return ok(name, 'only its owner can read it')
}

export function examineDisk({
  home,
  free,
  size,
}: {
  home: string
  free: number
  size: number
}): Finding {
  const says = `${bytes(free)} free of ${bytes(size)} under ${home}`
  const fix = 'make room there, or move POSTERN_HOME to a larger disk'
  if (free < freeBytesMin) return fail('disk', says, fix)
  if (free < freeBytesWanted && free < size * freeShareWanted) return warn('disk', says, fix)
  return ok('disk', says)
}

export function examineHostname({
  hostname,
  route,
}: Pick<Settings, 'hostname' | 'route'>): Finding {
  if (!hostname.endsWith('localhost')) return ok('hostname', hostname)
  if (route === 'inbox') return ok('hostname', `${hostname}; enough for the local inbox`)
  return warn(
    'hostname',
    `${hostname} is not a name other mail hosts can look up`,
    'set POSTERN_HOSTNAME to the public name of this machine',
  )
}

/** What listens for others is reached by a name, and the console answers to one name only. */
export function examineConsole({
  bind,
  consoleUrl,
}: Pick<Settings, 'bind' | 'consoleUrl'>): Finding {
  if (consoleUrl !== null) return ok('console', consoleUrl)
  if (isLoopbackAddress(bind)) return ok('console', 'for this machine only')
  return warn(
    'console',
    'it answers to the name localhost only',
    'set POSTERN_CONSOLE_URL to the https address under which people reach it',
  )
}

function examineCertificate({ home, tlsCertFile }: Settings, now: number): Finding {
  const file = tlsCertFile ?? join(home, 'tls/certificate.pem')
  try {
    return judgeCertificate(file, new X509Certificate(readFileSync(file)).validToDate, now)
  } catch {
    if (tlsCertFile === null && !existsSync(file))
      return ok('certificate', 'made at the next start')
    return fail('certificate', `${file} cannot be read`, 'check the file and its permissions')
  }
}

export function judgeCertificate(file: string, until: Date, now: number): Finding {
  const days = Math.floor((until.getTime() - now) / dayMs)
  const fix = 'renew it; the new one is used as soon as it lies there'
  if (days < 0) return fail('certificate', `${file} ran out ${count(-days, 'day')} ago`, fix)
  const says = `${file} is valid for another ${count(days, 'day')}`
  return days < certificateDaysWanted ? warn('certificate', says, fix) : ok('certificate', says)
}
