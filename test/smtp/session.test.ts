/** Sessions over real sockets: limits, time, a key that is taken back, and what a message looks like when it has arrived. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Refusal } from '../../src/lib/refusal.ts'
import { waitFor } from '../support/wait-for.ts'
import { SmtpClient } from './client.ts'
import { key, startSubmission, type TestSubmission } from './submission-server.ts'

type Options = Parameters<typeof startSubmission>[0]

async function withServer(
  options: Options,
  work: (server: TestSubmission) => Promise<void>,
): Promise<void> {
  const server = await startSubmission(options)
  try {
    await work(server)
    assert.deepEqual(server.faults, [])
  } finally {
    await server.close(200)
  }
}

async function signedIn({ ports }: TestSubmission): Promise<SmtpClient> {
  const client = await SmtpClient.open(ports.smtp)
  await client.signIn(key)
  return client
}

const small = 'From: shop@example.org\r\n\r\nHello'

test('a message arrives byte for byte, with its envelope, in whatever pieces it was sent', async () => {
  await withServer({}, async (server) => {
    const client = await signedIn(server)
    const source = `From: shop@example.org\r\nX: \xff\r\n\r\n.dot\r\n..\r\n\r\nEnd ${'x'.repeat(900)}`
    const stuffed = Buffer.from(source.replace(/^\./gm, '..'), 'latin1')
    await client.ask('MAIL FROM:<b@example.org>')
    await client.ask('RCPT TO:<ada@example.com>')
    await client.ask('RCPT TO:<Bob@EXAMPLE.com>')
    await client.ask('DATA')
    for (const byte of Buffer.concat([stuffed, Buffer.from('\r\n.\r\n')])) {
      client.write(Buffer.of(byte))
    }
    assert.match((await client.reply()) ?? '', /^250 2\.0\.0 OK: queued as message-1$/)
    const [received] = server.received
    assert.equal(received?.reversePath, 'b@example.org')
    assert.deepEqual(received?.recipients, ['ada@example.com', 'Bob@example.com'])
    assert.equal(received?.source.toString('latin1'), `${source}\r\n`)
    client.close()
  })
})

test('a large message arrives whole over TLS', async () => {
  await withServer({}, async (server) => {
    const client = await SmtpClient.openTls(server.ports.smtps)
    await client.signIn(key)
    const source = `${small}\r\n${`${'x'.repeat(76)}\r\n`.repeat(100_000)}End`
    assert.match((await client.send(source)) ?? '', /^250/)
    assert.equal(server.received[0]?.source.toString('latin1'), `${source}\r\n`)
    client.close()
  })
})

test('a message over 40 MiB is read to its end, refused, and the session goes on', async () => {
  await withServer({}, async (server) => {
    const client = await signedIn(server)
    const source = `${small}\r\n${`${'x'.repeat(998)}\r\n`.repeat(42_000)}End`
    assert.match((await client.send(source)) ?? '', /^552 5\.3\.4 A message may have 40 MiB/)
    assert.match((await client.send(small)) ?? '', /^250/)
    client.close()
  })
})

test('messages of all sessions share a budget of memory; beyond it one is told to try again', async () => {
  await withServer({ limits: { messageBytesInFlightMax: 1_000_000 } }, async (server) => {
    let release = () => {}
    server.hold = new Promise((resolve) => {
      release = resolve
    })
    const first = await signedIn(server)
    const second = await signedIn(server)
    const source = `${small}\r\n${`${'x'.repeat(98)}\r\n`.repeat(6_000)}End`
    const held = first.send(source)
    await waitFor(() => server.atDoor === 1, { what: 'the first message to be held' })
    assert.match((await second.ask('MAIL FROM:<> SIZE=600000')) ?? '', /^452 4\.3\.1/)
    assert.match((await second.send(source)) ?? '', /^452 4\.3\.1 Too many messages/)
    release()
    assert.match((await held) ?? '', /^250/)
    assert.match((await second.send(source)) ?? '', /^250/)
    first.close()
    second.close()
  })
})

test('the bytes of a message whose client goes away are given back', async () => {
  await withServer({ limits: { messageBytesInFlightMax: 1_000_000 } }, async (server) => {
    const source = `${small}\r\n${`${'x'.repeat(98)}\r\n`.repeat(9_000)}`
    for (let n = 0; n < 3; n++) {
      const client = await signedIn(server)
      await client.ask('MAIL FROM:<>')
      await client.ask('RCPT TO:<ada@example.com>')
      await client.ask('DATA')
      client.write(source)
      client.close()
    }
    const last = await signedIn(server)
    await waitFor(async () => /^250/.test((await last.send(`${source}End`)) ?? ''), {
      what: 'room',
    })
    assert.equal(server.received.length, 1)
    last.close()
  })
})

test('a revoked key ends its open sessions within seconds, with a reason', async () => {
  await withServer({ limits: { recheckMs: 50 } }, async (server) => {
    const idle = await signedIn(server)
    const busy = await signedIn(server)
    await busy.ask('MAIL FROM:<>')
    server.refuse.again = new Refusal('invalid_key', 'API key is invalid')
    for (const client of [idle, busy]) {
      assert.match((await client.reply()) ?? '', /^421 4\.7\.0 The API key is no longer valid/)
      assert.equal(await client.reply(), null)
    }
  })
})

test('a key that is revoked while its message comes sends nothing', async () => {
  await withServer({ limits: { recheckMs: 60_000 } }, async (server) => {
    const client = await signedIn(server)
    await client.ask('MAIL FROM:<>')
    await client.ask('RCPT TO:<ada@example.com>')
    await client.ask('DATA')
    server.refuse.again = new Refusal('key_inactive', 'The API key has expired.')
    client.write(`${small}\r\n.\r\n`)
    assert.match((await client.reply()) ?? '', /^421 4\.7\.0/)
    assert.equal(await client.reply(), null)
    assert.deepEqual(server.received, [])
  })
})

test('a blocked account is told so at each message, and by AUTH', async () => {
  await withServer({ limits: { recheckMs: 20 } }, async (server) => {
    const client = await signedIn(server)
    const blocked = new Refusal('account_blocked', 'The account is blocked from sending.')
    server.refuse.again = blocked
    for (let n = 0; n < 2; n++) {
      assert.match((await client.send(small)) ?? '', /^550 5\.7\.1 The account is blocked/)
    }
    server.refuse.find = blocked
    const other = await SmtpClient.open(server.ports.smtp)
    await assert.rejects(other.signIn(key), /550 5\.7\.1 The account is blocked/)
    client.close()
    other.close()
  })
})

test('while the database is away nothing is accepted, AUTH says 454, a message 451, and both may try again', async () => {
  await withServer({ limits: { recheckMs: 20 } }, async (server) => {
    const client = await signedIn(server)
    const away = new Refusal('unavailable', 'The database is away for a moment.')
    Object.assign(server.refuse, { again: away, find: away })
    assert.match((await client.send(small)) ?? '', /^451 4\.3\.0 The database is away/)
    const other = await SmtpClient.open(server.ports.smtp)
    await assert.rejects(other.signIn(key), /454 4\.7\.0 The database is away/)
    server.refuse = {}
    assert.match((await client.send(small)) ?? '', /^250/)
    client.close()
    other.close()
  })
})

test('a fault of ours is answered 451, accepts nothing and is told to the log', async () => {
  const server = await startSubmission()
  const client = await signedIn(server)
  const fault = new Error('a bug')
  server.refuse.submit = () => fault
  assert.match((await client.send(small)) ?? '', /^451 4\.3\.0 Something went wrong on our side/)
  assert.deepEqual(server.faults, [fault])
  client.close()
  await server.close(200)
})

test('a bug ends the session that met it, with 451, and no other', async () => {
  const server = await startSubmission()
  const [one, other] = [await signedIn(server), await signedIn(server)]
  const bug = new Error('a bug')
  Object.defineProperty(server, 'requestsPerSecond', {
    get() {
      throw bug
    },
  })
  assert.match((await one.ask('MAIL FROM:<>')) ?? '', /^451 4\.3\.0/)
  assert.equal(await one.reply(), null)
  assert.match((await other.ask('NOOP')) ?? '', /^250/)
  assert.deepEqual(server.faults, [bug])
  other.close()
  await server.close(200)
})

test('sessions are limited in all, for each address and for each account, and room is given back', async () => {
  await withServer({ limits: { sessionsPerAccountMax: 1 } }, async (server) => {
    const first = await signedIn(server)
    const second = await SmtpClient.open(server.ports.smtp)
    await assert.rejects(second.signIn(key), /421 4\.7\.0 Your account has/)
    first.close()
    await waitFor(
      async () => {
        const third = await SmtpClient.open(server.ports.smtp)
        const isIn = await third.signIn(key).then(
          () => true,
          () => false,
        )
        third.close()
        return isIn
      },
      { what: 'room for the account' },
    )
  })
  for (const [limit, words] of [
    ['sessionsMax', /^421 4\.3\.2 Too many sessions/],
    ['sessionsPerAddressMax', /^421 4\.7\.0 Your address has/],
  ] as const) {
    await withServer({ limits: { [limit]: 1 } }, async (server) => {
      const first = await SmtpClient.open(server.ports.smtp)
      await first.reply()
      const second = await SmtpClient.open(server.ports.smtp)
      assert.match((await second.reply()) ?? '', words)
      assert.equal(await second.reply(), null)
      first.close()
    })
  }
})

test('failed attempts from an address are counted over its sessions, and then refused unseen', async () => {
  await withServer({ limits: { failuresMax: 3 } }, async (server) => {
    for (let n = 0; n < 3; n++) {
      const client = await SmtpClient.open(server.ports.smtp)
      await assert.rejects(client.signIn('pst_wrong'), /535 5\.7\.8/)
      client.close()
    }
    const client = await SmtpClient.open(server.ports.smtp)
    await assert.rejects(client.signIn(key), /421 4\.7\.0 Too many failed attempts/)
    assert.equal(await client.reply(), null)
  })
})

test('who is silent, who stays a stranger, and whose message takes too long is sent away', async () => {
  for (const [limits, words, begin] of [
    [{ strangerMs: 50 }, /^421 4\.4\.2 You did not authenticate/, []],
    [{ idleMs: 50 }, /^421 4\.4\.2 Nothing was heard/, ['signIn']],
    [{ transactionMs: 50 }, /^421 4\.4\.2 The message took too long/, ['signIn', 'MAIL FROM:<>']],
  ] as const) {
    await withServer({ limits }, async (server) => {
      const client = await SmtpClient.open(server.ports.smtp)
      for (const step of begin) {
        if (step === 'signIn') await client.signIn(key)
        else client.write(`${step}\r\n`)
      }
      let reply = await client.reply()
      while (reply?.startsWith('2')) reply = await client.reply()
      assert.match(reply ?? '', words)
      assert.equal(await client.reply(), null)
    })
  }
})

test('a connection that never begins TLS where TLS comes first is closed', async () => {
  await withServer({ limits: { handshakeMs: 50 } }, async (server) => {
    const socket = connect(server.ports.smtps, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'close')
  })
})

test('plain text where TLS comes first ends that connection and no other', async () => {
  await withServer({}, async (server) => {
    const socket = connect(server.ports.smtps, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('EHLO client.example\r\n'.repeat(20))
    await once(socket.resume(), 'close')
    const client = await SmtpClient.openTls(server.ports.smtps)
    await client.signIn(key)
    client.close()
  })
})

test('without a certificate STARTTLS says so, and the session goes on', async () => {
  await withServer({}, async (server) => {
    server.withoutCertificate = true
    const client = await SmtpClient.open(server.ports.smtp)
    await client.reply()
    await client.ask('EHLO client.example')
    assert.match((await client.ask('STARTTLS')) ?? '', /^454 4\.7\.0 TLS is not ready/)
    assert.match((await client.ask('NOOP')) ?? '', /^250/)
    client.close()
  })
})

test('at the end the message under way is finished, and no other is begun', async () => {
  const server = await startSubmission()
  const [idle, busy, storing] = await Promise.all([1, 2, 3].map(() => signedIn(server)))
  assert.ok(idle && busy && storing)
  await busy.ask('MAIL FROM:<>')
  await busy.ask('RCPT TO:<ada@example.com>')
  let release = () => {}
  server.hold = new Promise((resolve) => {
    release = resolve
  })
  const stored = storing.send(small)
  await waitFor(() => server.atDoor === 1, { what: 'a message that waits to be stored' })
  const closed = server.close(5_000)
  assert.match((await idle.reply()) ?? '', /^421 4\.3\.2 The server is restarting/)
  assert.equal(await idle.reply(), null)
  release()
  assert.match((await stored) ?? '', /^250/)
  await busy.ask('DATA')
  busy.write(`${small}\r\n.\r\nMAIL FROM:<>\r\n`)
  assert.match((await busy.reply()) ?? '', /^250/)
  assert.match((await busy.reply()) ?? '', /^421 4\.3\.2/)
  assert.equal(await busy.reply(), null)
  await closed
  assert.equal(server.received.length, 2)
})

test('an account over its rate is answered later, and not refused', async () => {
  await withServer({}, async (server) => {
    server.requestsPerSecond = 2
    const client = await signedIn(server)
    const from = performance.now()
    for (let n = 0; n < 4; n++) assert.match((await client.send(small)) ?? '', /^250/)
    const tookMs = performance.now() - from
    assert.ok(tookMs >= 900, `four messages at two a second took ${tookMs} ms`)
    client.close()
  })
})

test('who says everything at once and then no more is answered all the same', async () => {
  await withServer({}, async (server) => {
    const socket = connect({ port: server.ports.smtp, host: '127.0.0.1', allowHalfOpen: true })
    const plain = Buffer.from(`\0resend\0${key}`).toString('base64')
    let said = ''
    socket.on('data', (bytes) => {
      said += bytes
    })
    socket.end(
      `EHLO there\r\nAUTH PLAIN ${plain}\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n${small}\r\n.\r\n`,
    )
    await once(socket, 'end')
    assert.match(said, /\r\n250 2\.0\.0 OK: queued as message-1\r\n$/)
  })
})

test('half a message is no message, however its client ends', async () => {
  await withServer({}, async (server) => {
    for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const client = await signedIn(server)
      await client.ask('MAIL FROM:<>')
      await client.ask('RCPT TO:<ada@example.com>')
      await client.ask('DATA')
      client.write(`${small}\r\n`)
      client.socket[end]()
    }
    const client = await signedIn(server)
    assert.match((await client.send(small)) ?? '', /queued as message-1$/)
    client.close()
  })
})

test('replies that nobody reads stop a session from being read, until it is sent away', async () => {
  await withServer({ limits: { idleMs: 300 } }, async (server) => {
    const socket = connect(server.ports.smtp, '127.0.0.1')
    socket.on('error', () => {})
    let replyBytes = 0
    socket.on('data', (bytes) => {
      replyBytes += bytes.length
    })
    // It is all taken only once the server listens no more, and throws the rest away.
    socket.write('HELP\r\n'.repeat(5_000_000), () => socket.resume())
    socket.pause()
    await once(socket, 'close')
    assert.ok(replyBytes < 50_000_000, `${replyBytes} bytes of replies were written`)
  })
})
