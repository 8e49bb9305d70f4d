import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usualCapabilities } from '../support/mail-host.ts'
import { answered, closedPort, jobFor, testHost, testPool, unreachable } from './smtp-jobs.ts'

const capabilities = [...usualCapabilities, 'STARTTLS']

test('STARTTLS is used where it is offered, without asking who signed the certificate', async (t) => {
  const host = await testHost(t, { capabilities })
  const pool = testPool(t)
  const answer = answered(await pool.transact(jobFor(host, { host: 'mx.receiver.test' })))
  assert.equal(answer.reply.code, 250)
  assert.equal(answer.tls?.version, 'TLSv1.3')
  assert.match(answer.tls?.cipher ?? '', /^TLS_/)
  assert.equal(host.messages[0]!.secure, true)
  assert.equal(host.handshakes[0]!.servername, 'mx.receiver.test')
  // RFC 3207 §4.2: what was offered in clear is forgotten.
  assert.equal(host.commands.filter((command) => command.startsWith('EHLO')).length, 2)
})

test('messages over TLS are pipelined and arrive whole, large ones too', async (t) => {
  const host = await testHost(t, { capabilities })
  const pool = testPool(t, { connectionsMax: 1 })
  const message = Buffer.from(`Subject: x\r\n\r\n${`${'z'.repeat(900)}\r\n`.repeat(1000)}`)
  const jobs = [jobFor(host), jobFor(host, { message }), jobFor(host)]
  const answers = await Promise.all(jobs.map((job) => pool.transact(job)))
  assert.deepEqual(
    answers.map((answer) => answered(answer).reply.code),
    [250, 250, 250],
  )
  assert.ok(host.messages[1]!.source.equals(message))
  assert.equal(host.connections, 1)
})

test('the next connection to a host resumes the session of the one before', async (t) => {
  const host = await testHost(t, { capabilities })
  const pool = testPool(t, { messagesPerConnection: 1 })
  answered(await pool.transact(jobFor(host)))
  answered(await pool.transact(jobFor(host)))
  assert.deepEqual(
    host.handshakes.map(({ resumed }) => resumed),
    [false, true],
  )
})

test('a host whose handshake fails is remembered and served in clear', async (t) => {
  const host = await testHost(t, { capabilities, brokenTls: true })
  const pool = testPool(t, { messagesPerConnection: 1 })
  const first = answered(await pool.transact(jobFor(host)))
  assert.equal(first.tls, null)
  const second = answered(await pool.transact(jobFor(host)))
  assert.equal(second.tls, null)
  assert.equal(host.messages.length, 2)
  assert.equal(host.commands.filter((command) => command === 'STARTTLS').length, 1)
  assert.equal(host.connections, 3)
})

test('the memory of a failed handshake passes', async (t) => {
  const host = await testHost(t, { capabilities, brokenTls: true })
  let now = 1_000_000
  const clock = { now: () => now }
  const pool = testPool(t, { messagesPerConnection: 1, clearSeconds: 60, clock })
  answered(await pool.transact(jobFor(host)))
  now += 61_000
  answered(await pool.transact(jobFor(host)))
  assert.equal(host.commands.filter((command) => command === 'STARTTLS').length, 2)
})

test('a refused STARTTLS leaves the connection in clear', async (t) => {
  const host = await testHost(t, {
    capabilities,
    script: ({ step }) => (step === 'starttls' ? '454 4.7.0 Not now' : undefined),
  })
  const answer = answered(await testPool(t).transact(jobFor(host)))
  assert.equal(answer.tls, null)
  assert.equal(host.connections, 1)
})

for (const injected of ['250 Injected', '250-Injec']) {
  test(`"${injected}" in clear behind the 220 is an attack, not an answer`, async (t) => {
    const host = await testHost(t, {
      capabilities,
      script: ({ step }) => (step === 'starttls' ? `220 Go ahead\r\n${injected}` : undefined),
    })
    const answer = unreachable(await testPool(t).transact(jobFor(host)))
    assert.equal(answer.phase, 'starttls')
    assert.match(answer.reason, /out of turn|in clear/)
    assert.equal(host.connections, 1)
    assert.equal(host.messages.length, 0)
  })
}

test('where TLS is required, a host that offers none is unreachable', async (t) => {
  const host = await testHost(t)
  const answer = unreachable(await testPool(t, { tls: 'require' }).transact(jobFor(host)))
  assert.equal(answer.reason, 'no TLS: the host does not offer it')
  assert.equal(answer.lacksTls, true)
  assert.equal(host.messages.length, 0)
})

test('a message that demands TLS never takes the clear connection that others keep', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t)
  answered(await pool.transact(jobFor(host)))
  const withheld = unreachable(await pool.transact(jobFor(host, { requiresTls: true })))
  assert.equal(withheld.lacksTls, true)
  answered(await pool.transact(jobFor(host)))
  assert.equal(host.messages.length, 2)
  assert.equal(host.connections, 2)
  host.capabilities.push('STARTTLS')
  const secure = testPool(t)
  const sent = answered(await secure.transact(jobFor(host, { requiresTls: true })))
  assert.notEqual(sent.tls, null)
})

test('a host that cannot be reached lacks nothing', async (t) => {
  const port = await closedPort()
  const answer = unreachable(await testPool(t).transact(jobFor({ port }, { requiresTls: true })))
  assert.equal(answer.lacksTls, false)
})

test('where TLS is required, a failed handshake is not followed by a clear connection', async (t) => {
  const host = await testHost(t, { capabilities, brokenTls: true })
  const answer = unreachable(await testPool(t, { tls: 'require' }).transact(jobFor(host)))
  assert.equal(answer.phase, 'starttls')
  assert.match(answer.reason, /^no TLS: /)
  assert.equal(answer.lacksTls, true)
  assert.equal(host.connections, 1)
})
