/** The real executable with an authority: what it serves, renews while it runs, keeps over restarts, and tells. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import { type AcmeServer, startAcmeServer } from '../support/acme-server.ts'
import { type Instance, runToEnd } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'
import { certificateOf, hostname, openSession, startIssuing } from './issuing-instance.ts'
import { asSuperuser, demandCleanLogs, logLines } from './running-postern.ts'

const seconds = 60
let acme: AcmeServer
let instance: Instance
let settlePort: (port: number) => void

before(async () => {
  acme = await startAcmeServer()
  const port = new Promise<number>((resolve) => {
    settlePort = resolve
  })
  acme.httpPort = () => port
  instance = await startIssuing(acme)
})
after(async () => {
  assert.equal(await instance.stop({ keepHome: true }), 0)
  demandCleanLogs(instance.home)
  rmSync(instance.home, { recursive: true, force: true })
  await acme.stop()
})

function untilShown(count: number): Promise<void> {
  const wanted = () => acme.issued.at(count - 1)
  const what = `certificate ${count} at the door`
  return waitFor(
    async () => {
      const issued = wanted()
      if (!issued) return false
      const { fingerprint256 } = new X509Certificate(issued.chain)
      return (await certificateOf(instance)).fingerprint256 === fingerprint256
    },
    { what, seconds },
  )
}

test('until one is issued the certificate that signs itself is shown, and doctor says so', async () => {
  const shown = await certificateOf(instance)
  assert.equal(shown.issuer, `CN=${hostname}`)
  const { stdout } = await instance.postern('doctor', '--json')
  const found = JSON.parse(stdout).data.find(({ name }: { name: string }) => name === 'certificate')
  assert.deepEqual([found.level, /none was issued yet/.test(found.says)], ['warn', true])
})

test('STARTTLS shows the issued certificate with its chain, and a client that trusts the authority goes on', async () => {
  settlePort(instance.runJson.ports.http)
  await untilShown(1)
  const { smtps } = instance.runJson.ports
  const options = { port: smtps, host: '127.0.0.1', servername: hostname, ca: acme.authority.root }
  const client = connect(options)
  await once(client, 'secureConnect')
  assert.ok(client.authorized)
  client.destroy()
})

test('the account’s key lies in the folder of jobs, for its owner only; the key of the certificate is no other than smtp’s', async () => {
  const file = join(instance.home, 'jobs/acme-account.pem')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const key = readFileSync(join(instance.home, 'tls/key.pem'), 'utf8')
  const [row] = await asSuperuser<{ all: string }>(
    instance,
    'select c::text as all from private.certificates c',
  )
  assert.ok(!row!.all.includes('PRIVATE') && !row!.all.includes(key.split('\n')[1]!))
})

test('it is renewed while Postern runs; open sessions go on, new ones see the new certificate', async () => {
  const { client, shown } = await openSession(instance)
  await asSuperuser(instance, 'update private.certificates set due_at = now()')
  await asSuperuser(instance, "select pg_notify('certificates', '')")
  await untilShown(2)
  assert.notEqual((await certificateOf(instance)).fingerprint256, shown.fingerprint256)
  assert.match((await client.ask('EHLO client.example')) ?? '', /^250/)
  const plain = Buffer.from(`\0resend\0${instance.key}`).toString('base64')
  assert.match((await client.ask(`AUTH PLAIN ${plain}`)) ?? '', /^235/)
  assert.match((await client.send('From: a@postern.localhost\r\n\r\nHello')) ?? '', /^250 2\.0\.0/)
  client.close()
})

test('a smtp that is started again shows it at once, without another order', async () => {
  await instance.untilReplaced('smtp', instance.kill('smtp'))
  await untilShown(2)
  assert.equal(acme.orders, 2)
})

test('a failure leaves the certificate in use, and doctor tells its code and when it is tried again', async () => {
  acme.refusal = { status: 429, type: 'rateLimited' }
  await asSuperuser(instance, 'update private.certificates set due_at = now()')
  await asSuperuser(instance, "select pg_notify('certificates', '')")
  await waitFor(() => logLines(instance, 'jobs', '"code":"rate_limited"').length > 0, {
    what: 'the failure in the log',
    seconds,
  })
  await waitFor(
    async () => {
      const { stdout } = await instance.postern('doctor')
      return /warn +certificate +.*valid until .*rate_limited .*next try is at 20/.test(stdout)
    },
    { what: 'the failure at doctor', seconds },
  )
  await untilShown(2)
})

test('settings that do not fit together stop the start, each with the way out', async () => {
  const environment = { ...instance.environment, POSTERN_HOME: join(instance.home, 'none') }
  const run = (changes: Record<string, string>) =>
    runToEnd(['bin/postern', 'run'], { ...environment, ...changes })
  const files = await run({ POSTERN_TLS_CERT_FILE: '/c.pem', POSTERN_TLS_KEY_FILE: '/k.pem' })
  assert.equal(files.code, 1)
  assert.match(files.stderr, /POSTERN_ACME and POSTERN_TLS_CERT_FILE .* are both set; keep either/)
  const name = await run({ POSTERN_HOSTNAME: '' })
  assert.match(name.stderr, /POSTERN_HOSTNAME must be a public name for POSTERN_ACME/)
  assert.ok(!existsSync(environment.POSTERN_HOME))
})
