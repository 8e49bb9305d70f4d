/** The real executable with pebble, the authority that Let's Encrypt gives to who writes clients (Debian: `pebble`). */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startDnsServer } from '../support/dns-server.ts'
import { makeAuthority } from '../support/test-authority.ts'
import { waitFor } from '../support/wait-for.ts'
import { certificateOf, freePort, hostname, startIssuing } from './issuing-instance.ts'
import { demandCleanLogs } from './running-postern.ts'

const seconds = 90
const hourMs = 3_600_000
const isThere = spawnSync('pebble', ['-version']).error === undefined
const skip = isThere ? false : 'pebble is not installed (apt-get install pebble)'
const cleanups: (() => unknown)[] = []
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

interface Pebble {
  directory: string
  ca: string
}

async function startPebble(httpPort: number, dnsAddress: string): Promise<Pebble> {
  const folder = mkdtempSync(join(tmpdir(), 'pebble-'))
  const own = makeAuthority('Pebble transport')
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const hours = { from: new Date(Date.now() - hourMs), until: new Date(Date.now() + 24 * hourMs) }
  const [port, managementPort, tlsPort] = [await freePort(), await freePort(), await freePort()]
  const files = { certificate: join(folder, 'cert.pem'), privateKey: join(folder, 'key.pem') }
  writeFileSync(files.certificate, own.issue(publicKey, 'localhost', hours))
  writeFileSync(files.privateKey, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const pebble = {
    ...files,
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    ...{ httpPort, tlsPort, ocspResponderURL: '', externalAccountBindingRequired: false },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ pebble }))
  const given = ['-config', join(folder, 'config.json'), '-dnsserver', dnsAddress]
  const child = spawn('pebble', given, {
    env: { PATH: process.env.PATH ?? '', PEBBLE_VA_NOSLEEP: '1' },
    stdio: 'ignore',
  })
  cleanups.push(async () => {
    await ended(child)
    rmSync(folder, { recursive: true })
  })
  const directory = `https://localhost:${port}/dir`
  await waitFor(() => answers(directory, own.root), { what: 'pebble', seconds })
  return { directory, ca: own.root }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    if (!child.kill()) resolve()
  })
}

function answers(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { ca, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    }).on('error', () => resolve(false))
  })
}

test('pebble issues, and STARTTLS shows what it issued', { skip }, async () => {
  const dns = await startDnsServer({ [hostname]: { A: ['127.0.0.1'] } })
  cleanups.push(() => dns.stop())
  const httpPort = await freePort()
  const pebble = await startPebble(httpPort, dns.address)
  const instance = await startIssuing(pebble, { POSTERN_HTTP_PORT: String(httpPort) })
  cleanups.push(async () => {
    assert.equal(await instance.stop({ keepHome: true }), 0)
    demandCleanLogs(instance.home)
    rmSync(instance.home, { recursive: true, force: true })
  })
  await waitFor(
    async () => (await certificateOf(instance)).issuer.includes('Pebble Intermediate CA'),
    { what: 'the certificate of pebble', seconds },
  )
  const shown = await certificateOf(instance)
  assert.ok(shown.checkHost(hostname))
})
