import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { FetchFault, type FetchFileDeps, fetchFile } from '../../src/jobs/fetch-file.ts'
import { makeLookup } from '../../src/process/host-lookup.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'

let server: Server
let dns: DnsServer
let base: string
let port: number
let heard: { url: string; headers: NodeJS.Dict<string | string[]> }[] = []
let answer: RequestListener
before(async () => {
  dns = await startDnsServer()
  server = createServer((request, response) => {
    heard.push({ url: request.url ?? '', headers: request.headers })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  base = `http://127.0.0.1:${port}`
})
after(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await dns.stop()
})
beforeEach(() => {
  heard = []
  answer = (_, response) => response.end('the file')
})

const onLoopback = (address: string) => address === '127.0.0.1'
const limits = { connectMs: 2_000, totalMs: 3_000 }

function fetchAs(url: string, deps: Partial<FetchFileDeps> = {}, bytesMax = 1_000_000) {
  const resolve = makeLookup({ host: '127.0.0.1', port: dns.port })
  return fetchFile(url, bytesMax, { resolve, allow: onLoopback, limits, ...deps })
}

async function faultOf(work: Promise<unknown>): Promise<[failure: string, isFinal: boolean]> {
  try {
    await work
  } catch (error) {
    if (error instanceof FetchFault) return [error.failure, error.isFinal]
    throw error
  }
  return assert.fail('it was fetched')
}

/** As in production: no hook, so that only public addresses may be called. */
function guarded(url: string) {
  const resolve = makeLookup({ host: '127.0.0.1', port: dns.port })
  return faultOf(fetchFile(url, 1_000, { resolve, limits }))
}

test('a file is fetched with nothing of ours but a name', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/pdf', 'set-cookie': 'a=b' })
    response.end('%PDF')
  }
  dns.zone['files.test'] = { A: ['127.0.0.1'] }
  const file = await fetchAs(`http://files.test:${port}/a.pdf?x=1#part`)
  assert.deepEqual([file.bytes.toString(), file.contentType], ['%PDF', 'application/pdf'])
  assert.deepEqual(heard, [
    {
      url: '/a.pdf?x=1',
      headers: {
        host: `files.test:${port}`,
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'Postern',
        connection: 'close',
      },
    },
  ])
})

for (const host of [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '169.254.169.254',
  '10.0.0.1',
  '10.255.255.255',
  '192.168.0.1',
  '0.0.0.0',
  '[fd00:ec2::254]',
]) {
  test(`an address that is not public is not called: ${host}`, async () => {
    assert.deepEqual(await guarded(`http://${host}:${port}/`), ['not_public', true])
    assert.deepEqual(await guarded(`https://${host}/`), ['not_public', true])
    assert.equal(heard.length, 0)
  })
}

for (const [what, addresses] of [
  ['loopback', { A: ['127.0.0.1'] }],
  ['loopback over IPv6', { AAAA: ['::1'] }],
  ['metadata', { A: ['169.254.169.254'] }],
  ['a private network', { A: ['10.1.2.3'] }],
  ['one public and one private address', { A: ['1.1.1.1', '10.1.2.3'] }],
  ['a public one and loopback over IPv6', { A: ['1.1.1.1'], AAAA: ['::1'] }],
  ['an alias of loopback', { CNAME: 'inner.test' }],
] as const) {
  test(`a name that resolves to ${what} is not called`, async () => {
    dns.zone['inner.test'] = { A: ['127.0.0.1'] }
    dns.zone['outer.test'] = structuredClone(addresses) as DnsServer['zone'][string]
    assert.deepEqual(await guarded(`http://outer.test:${port}/`), ['not_public', true])
    assert.equal(heard.length, 0)
  })
}

test('a name is resolved once a call, and the connection goes to the address that was judged', async () => {
  const answers = [['127.0.0.1'], ['10.0.0.1']]
  let asked = 0
  const resolve = async () => answers[asked++] ?? []
  const file = await fetchAs(`http://rebinding.test:${port}/`, { resolve })
  assert.equal(file.bytes.toString(), 'the file')
  assert.equal(asked, 1)
  assert.deepEqual(await faultOf(fetchAs(`http://rebinding.test:${port}/`, { resolve })), [
    'not_public',
    true,
  ])
})

test('redirects are followed up to three, and each is judged anew', async () => {
  answer = ({ url = '' }, response) => {
    const left = Number(url.slice(1))
    if (left === 0) response.end('arrived')
    else response.writeHead(302, { location: `/${left - 1}` }).end('moved')
  }
  assert.equal((await fetchAs(`${base}/3`)).bytes.toString(), 'arrived')
  assert.deepEqual(await faultOf(fetchAs(`${base}/4`)), ['too_many_redirects', true])
})

for (const [location, failure] of [
  ['http://10.0.0.1/', 'not_public'],
  ['http://[::1]/', 'not_public'],
  ['http://169.254.169.254/latest/meta-data', 'not_public'],
  ['http://user:word@127.0.0.1/', 'bad_redirect'],
  ['file:///etc/passwd', 'bad_redirect'],
  ['gopher://127.0.0.1/', 'bad_redirect'],
  ['http://127.0.0.1:25/', 'bad_redirect'],
  ['http://[', 'bad_redirect'],
] as const) {
  test(`a redirect does not lead where a first call may not go: ${location}`, async () => {
    answer = (_, response) => response.writeHead(301, { location }).end()
    assert.deepEqual(await faultOf(fetchAs(base)), [failure, true])
    assert.equal(heard.length, 1)
  })
}

test('a file over the limit is refused by its length, and while it comes', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-length': 2_000 }).end()
  assert.deepEqual(await faultOf(fetchAs(base, {}, 1_000)), ['too_large', true])
  let written = 0
  answer = (_, response) => {
    response.writeHead(200)
    const write = () => {
      if (response.destroyed) return
      written += 100_000
      response.write(Buffer.alloc(100_000), () => setImmediate(write))
    }
    write()
  }
  assert.deepEqual(await faultOf(fetchAs(base, {}, 1_000)), ['too_large', true])
  assert.ok(written < 20_000_000, `${written}`)
})

test('a compressed answer is not unpacked', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end(gzipSync(Buffer.alloc(1_000_000)))
  }
  assert.deepEqual(await faultOf(fetchAs(base)), ['encoded', true])
})

test('what another try may mend is told apart: a refusal, a break, a silence, a host that is not there', async () => {
  answer = (_, response) => response.writeHead(503).end()
  assert.deepEqual(await faultOf(fetchAs(base)), ['refused_status', false])
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half', () => response.destroy())
  }
  assert.deepEqual(await faultOf(fetchAs(base)), ['cut_short', false])
  answer = () => {}
  assert.deepEqual(await faultOf(fetchAs(base, { limits: { totalMs: 200 } })), ['timeout', false])
  assert.deepEqual(await faultOf(fetchAs('http://nowhere.test/')), ['not_found', false])
  dns.zone['broken.test'] = { fails: 'SERVFAIL' }
  assert.deepEqual(await faultOf(fetchAs('http://broken.test/')), ['unreachable', false])
  assert.deepEqual(await faultOf(fetchAs('http://127.0.0.1:1/')), ['bad_redirect', true])
})

test('over TLS the certificate must be that of the name', async () => {
  const pem = readFileSync(new URL('../support/mail-host.pem', import.meta.url))
  const secure = createTlsServer({ key: pem, cert: pem }, (_, response) => response.end('secret'))
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const securePort = (secure.address() as AddressInfo).port
  try {
    const resolve = async () => ['127.0.0.1']
    const ca = pem.toString()
    const untrusted = fetchAs(`https://localhost:${securePort}/`, { resolve })
    assert.deepEqual(await faultOf(untrusted), ['unreachable', false])
    const misnamed = fetchAs(`https://other.test:${securePort}/`, { resolve, ca })
    assert.deepEqual(await faultOf(misnamed), ['unreachable', false])
    const file = await fetchAs(`https://mail-host.test:${securePort}/`, { resolve, ca })
    assert.equal(file.bytes.toString(), 'secret')
  } finally {
    secure.closeAllConnections()
    await new Promise((resolve) => secure.close(resolve))
  }
})
