/**
 * The certificate that submission shows, and its key: the operator's files, or a pair in the home that signs itself. The
 * supervisor reads them, since the fence closes files to the processes, and hands a new pair on when the files change.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { type KeyPair, makeSelfSigned } from '../lib/certificate.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from './log.ts'
import type { Screen } from './screen.ts'
import { writeSecret } from './secrets.ts'

const lookEveryMs = 1_000
/** Both together fit into one line of the control channel. */
const fileBytesMax = 24 * 1024
const selfSignedDays = 3_650

interface Files {
  certificate: string
  key: string
}

export interface TlsFilesOptions {
  config: Config
  folders: { home: string }
  log: Log
  screen: Screen
  clock: Clock
}

export class TlsFiles {
  private readonly options: TlsFilesOptions
  private present: KeyPair | undefined
  private seen = ''
  private timer: NodeJS.Timeout | undefined

  constructor(options: TlsFilesOptions) {
    this.options = options
  }

  /** Only once it is started. */
  get pair(): KeyPair {
    if (!this.present) throw new Error('the certificate is read before any process starts')
    return this.present
  }

  /** Reads the files, or throws an Error that says what is wrong with them; calls back when there is another pair. */
  start(onChange: () => void): void {
    const files = this.files()
    this.seen = versionOf(files)
    this.present = readKeyPair(files)
    this.timer = setInterval(() => this.look(files, onChange), lookEveryMs)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private files(): Files {
    const { settings } = this.options.config
    const { tlsCertFile: certificate, tlsKeyFile: key } = settings
    if (certificate !== null && key !== null) return { certificate, key }
    if (certificate !== null || key !== null) {
      throw new Error('POSTERN_TLS_CERT_FILE and POSTERN_TLS_KEY_FILE belong together; set both')
    }
    const now = this.options.clock.now()
    return ensureSelfSigned(join(this.options.folders.home, 'tls'), { ...settings, now })
  }

  /** A pair that does not fit is perhaps half written: the old one stays in use, and the next look may find it whole. */
  private look(files: Files, onChange: () => void): void {
    const version = versionOf(files)
    if (version === this.seen) return
    this.seen = version
    try {
      this.present = readKeyPair(files)
      onChange()
      this.options.log.info({}, 'certificate read again')
    } catch (error) {
      this.options.log.warn({ error }, 'changed certificate not taken')
      const reason = error instanceof Error ? error.message : ''
      this.options.screen.show(`The certificate was changed and not taken: ${reason}.\n`)
    }
  }
}

/** Links are followed, so that a link that is turned to another file is seen. */
function versionOf({ certificate, key }: Files): string {
  return [certificate, key]
    .map((file) => statSync(file, { throwIfNoEntry: false }))
    .map((found) => (found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'none'))
    .join(', ')
}

function readKeyPair(files: Files): KeyPair {
  const pair = { certificate: readPem(files.certificate), key: readPem(files.key) }
  const certificate = parse(files.certificate, 'a certificate in PEM', () => {
    return new X509Certificate(pair.certificate)
  })
  const key = parse(files.key, 'a private key in PEM without a passphrase', () => {
    return createPrivateKey(pair.key)
  })
  if (certificate.checkPrivateKey(key)) return pair
  throw new Error(
    `the key in ${files.key} is not the one of the certificate in ${files.certificate}`,
  )
}

function readPem(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Error(`${file} must be a file; check the path`)
  if (found.size > fileBytesMax) {
    throw new Error(`${file} must have at most ${fileBytesMax} bytes; leave other certificates out`)
  }
  return parse(file, 'readable for the user who starts Postern', () => readFileSync(file, 'utf8'))
}

function parse<Value>(file: string, rule: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${file} must be ${rule}`, { cause })
  }
}

/** Made at the first start, and again when it has run out or the host name is another. */
function ensureSelfSigned(
  folder: string,
  { hostname, bind, now }: { hostname: string; bind: string; now: number },
): Files {
  const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
  if (isUsable(files, hostname, now)) return files
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const names = new Set([hostname, 'localhost'])
  const addresses = new Set(['127.0.0.1', '::1', bind])
  for (const anyAddress of ['0.0.0.0', '::']) addresses.delete(anyAddress)
  const pair = makeSelfSigned({
    dnsNames: [...names],
    addresses: [...addresses],
    // Clocks of clients may be a little behind.
    from: new Date(now - 3_600_000),
    days: selfSignedDays,
  })
  writeSecret(files.key, pair.key.trimEnd())
  writeFileSync(files.certificate, pair.certificate, { mode: 0o644, flush: true })
  return files
}

function isUsable(files: Files, hostname: string, now: number): boolean {
  if (!existsSync(files.certificate) || !existsSync(files.key)) return false
  try {
    const certificate = new X509Certificate(readKeyPair(files).certificate)
    return certificate.checkHost(hostname) !== undefined && certificate.validToDate.getTime() > now
  } catch {
    return false
  }
}
