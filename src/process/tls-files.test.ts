import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadConfig } from '../config/config.ts'
import { makeSelfSigned } from '../lib/certificate.ts'
import { TlsFiles } from './tls-files.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tls-files-'))
  folders.push(folder)
  return folder
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Starts it once, as at a start, and answers what it would hand over. */
function pairIn(folder: string, names: Record<string, string> = {}, nowMs = Date.now()) {
  const config = loadConfig({ POSTERN_HOME: folder, ...names }, folder)
  const files = new TlsFiles({
    config,
    folders: { home: folder },
    log: silent,
    screen: { show: () => {} },
    clock: { now: () => nowMs },
  })
  files.start(() => {})
  files.stop()
  return files.pair
}

test('the first start makes a pair for the host name that only its owner may use, and later starts keep it', () => {
  const folder = home()
  const names = { POSTERN_HOSTNAME: 'mail.example.com', POSTERN_BIND: '192.0.2.7' }
  const first = pairIn(folder, names)
  const certificate = new X509Certificate(first.certificate)
  assert.ok(certificate.checkHost('mail.example.com'))
  assert.ok(certificate.checkIP('127.0.0.1') && certificate.checkIP('192.0.2.7'))
  assert.equal(statSync(join(folder, 'tls/key.pem')).mode & 0o777, 0o600)
  assert.deepEqual(pairIn(folder, names), first)
})

test('another host name, a certificate that has run out, or a broken file makes a new pair', () => {
  const folder = home()
  const first = pairIn(folder, { POSTERN_HOSTNAME: 'mail.example.com' })
  const second = pairIn(folder, { POSTERN_HOSTNAME: 'other.example.com' })
  assert.notEqual(second.certificate, first.certificate)
  const inTwentyYears = Date.now() + 20 * 365 * 24 * 3600_000
  const third = pairIn(folder, { POSTERN_HOSTNAME: 'other.example.com' }, inTwentyYears)
  assert.notEqual(third.certificate, second.certificate)
  writeFileSync(join(folder, 'tls/key.pem'), 'torn')
  assert.notEqual(pairIn(folder).certificate, third.certificate)
})

test('the operator’s files are taken as they are, and what is wrong with them is said by name', () => {
  const folder = home()
  const pair = makeSelfSigned({ dnsNames: ['a.example'], addresses: [], from: new Date(), days: 1 })
  const other = makeSelfSigned({
    dnsNames: ['b.example'],
    addresses: [],
    from: new Date(),
    days: 1,
  })
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const names = { POSTERN_TLS_CERT_FILE: 'cert.pem', POSTERN_TLS_KEY_FILE: 'key.pem' }
  const write = (certificate: string, key: string) => {
    writeFileSync(files.cert, certificate)
    writeFileSync(files.key, key)
  }
  assert.throws(() => pairIn(folder, names), /cert\.pem must be a file/)
  write(pair.certificate + other.certificate, pair.key)
  assert.deepEqual(pairIn(folder, names), {
    certificate: readFileSync(files.cert, 'utf8'),
    key: pair.key,
  })
  write(pair.certificate, other.key)
  assert.throws(() => pairIn(folder, names), /is not the one of the certificate/)
  write('nothing', pair.key)
  assert.throws(() => pairIn(folder, names), /cert\.pem must be a certificate in PEM/)
  write(pair.certificate, 'nothing')
  assert.throws(() => pairIn(folder, names), /key\.pem must be a private key/)
  write(pair.certificate, 'x'.repeat(30_000))
  assert.throws(() => pairIn(folder, names), /at most 24576 bytes/)
  assert.throws(
    () => pairIn(folder, { POSTERN_TLS_KEY_FILE: 'key.pem' }),
    /belong together; set both/,
  )
})
