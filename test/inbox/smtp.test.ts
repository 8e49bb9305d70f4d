/** The inbox as a mail host, over real sockets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import nodemailer from 'nodemailer'
import { smtpLimits } from '../../src/inbox/limits.ts'
import { startSmtp } from '../../src/inbox/smtp.ts'
import { Dialogue } from './dialogue.ts'
import { closedInbox, type LocalInbox, localInbox } from './local-inbox.ts'

async function talk(t: TestContext, inbox: { ports: { smtp: number } }): Promise<Dialogue> {
  const dialogue = await Dialogue.open(inbox.ports.smtp)
  t.after(() => dialogue.close())
  return dialogue
}

async function sourceOfNewest(inbox: LocalInbox): Promise<string> {
  const [newest] = inbox.store.list({ limit: 1 }).summaries
  const message = await inbox.store.find(newest?.id ?? '')
  return message?.source.toString() ?? ''
}

test('EHLO names what is supported', async (t) => {
  const dialogue = await talk(t, await localInbox(t))
  assert.match((await dialogue.reply()) ?? '', /^220 /)
  const reply = (await dialogue.ask('EHLO client.example')) ?? ''
  const expected = ['PIPELINING', 'SIZE 52428800', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES']
  assert.deepEqual(
    reply
      .split('\n')
      .slice(1)
      .map((line) => line.slice(4)),
    expected,
  )
})

test('before the key is there, clients are told to come back', async (t) => {
  const dialogue = await talk(t, await closedInbox(t))
  assert.match((await dialogue.reply()) ?? '', /^421 4\.3\.2 /)
  assert.equal(await dialogue.reply(), null)
})

test('a message is kept, byte for byte, before it is acknowledged', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  const source = 'From: a@b.example\r\nSubject: dots\r\n\r\n.one\r\n..two\r\n\x00\xffü'
  const reply = await dialogue.deliver(source.replaceAll('\r\n.', '\r\n..'))
  assert.match(reply ?? '', /^250 2\.0\.0 /)
  assert.equal(await sourceOfNewest(inbox), `${source}\r\n`)
})

test('several messages in one write are answered in order', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  const one = (n: number) =>
    `MAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nRCPT TO:<bounced@postern.localhost>\r\nDATA\r\nSubject: ${n}\r\n\r\n.\r\n`
  dialogue.write(`${one(1)}${one(2)}${one(3)}QUIT\r\n`)
  const codes: string[] = []
  for (let reply = await dialogue.reply(); reply !== null; reply = await dialogue.reply()) {
    codes.push(reply.slice(0, 3))
  }
  const each = ['250', '250', '550', '354', '250']
  assert.deepEqual(codes, [...each, ...each, ...each, '221'])
  const subjects = inbox.store.list({ limit: 9 }).summaries.map(({ subject }) => subject)
  assert.deepEqual(subjects, ['3', '2', '1'])
})

test('a dialogue may arrive in pieces of any size', async (t) => {
  const inbox = await localInbox(t)
  const wire =
    'EHLO a.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: split\r\n\r\n..x\r\n.\r\nQUIT\r\n'
  for (const size of [1, 2, 3, 5, 7]) {
    const dialogue = await talk(t, inbox)
    await dialogue.reply()
    for (let at = 0; at < wire.length; at += size) dialogue.write(wire.slice(at, at + size))
    const codes: string[] = []
    for (let reply = await dialogue.reply(); reply !== null; reply = await dialogue.reply()) {
      codes.push(reply.slice(0, 3))
    }
    assert.deepEqual(codes, ['250', '250', '250', '354', '250', '221'])
    assert.equal(await sourceOfNewest(inbox), 'Subject: split\r\n\r\n.x\r\n')
  }
})

test('simulated recipients answer at RCPT; without any accepted one DATA is refused', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  await dialogue.ask('MAIL FROM:<a@b.example>')
  const bounced = await dialogue.ask('RCPT TO:<bounced+x@postern.localhost>')
  assert.match(bounced ?? '', /^550 5\.1\.1 .*simulated/)
  for (let attempt = 0; attempt < 2; attempt++) {
    const deferred = await dialogue.ask('RCPT TO:<deferred@postern.localhost>')
    assert.match(deferred ?? '', /^451 4\.3\.0 .*simulated/)
  }
  assert.match((await dialogue.ask('DATA')) ?? '', /^554 /)
  const delivered = await dialogue.ask('RCPT TO:<delivered@postern.localhost>')
  assert.match(delivered ?? '', /^250 2\.1\.5 .*simulated/)
  await dialogue.ask('DATA')
  assert.match((await dialogue.ask('Subject: x\r\n.')) ?? '', /^250 /)
  const [summary] = inbox.store.list({ limit: 9 }).summaries
  assert.deepEqual(summary?.to, ['delivered@postern.localhost'])
})

test('slow@ holds up its own connection, in order, and no other', async (t) => {
  // Long enough for the other's few lines on a busy machine too.
  const slowMs = 2_000
  const inbox = await localInbox(t, { slowMs })
  const [slow, other] = [await talk(t, inbox), await talk(t, inbox)]
  await slow.greet()
  await other.greet()
  const startedMs = performance.now()
  slow.write(
    'MAIL FROM:<>\r\nRCPT TO:<slow@postern.localhost>\r\nRCPT TO:<a@b.example>\r\nNOOP\r\n',
  )
  assert.match((await slow.reply()) ?? '', /^250 2\.1\.0 /)
  let isAnswered = false
  const answer = slow.reply().finally(() => {
    isAnswered = true
  })
  assert.match((await other.deliver('Subject: quick\r\n')) ?? '', /^250 /)
  assert.equal(isAnswered, false, 'the other connection did not wait')
  assert.match((await answer) ?? '', /slow mail host/)
  assert.ok(performance.now() - startedMs >= slowMs - 10, 'slow@ did wait')
  assert.match((await slow.reply()) ?? '', /^250 2\.1\.5 Recipient accepted$/)
  assert.match((await slow.reply()) ?? '', /^250 2\.0\.0 /)
})

test('a message over the size is read to its end and refused, and the session goes on', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  const announced = await dialogue.ask(`MAIL FROM:<a@b.example> SIZE=${52_428_801}`)
  assert.match(announced ?? '', /^552 5\.3\.4 /)
  const line = `${'x'.repeat(998)}\r\n`
  const tooLarge = Buffer.from(line.repeat(52_430))
  assert.match((await dialogue.deliver(tooLarge)) ?? '', /^552 5\.3\.4 /)
  assert.match((await dialogue.deliver('Subject: after\r\n')) ?? '', /^250 /)
  assert.equal(inbox.store.list({ limit: 9 }).summaries.length, 1)
})

test('a message just under the size is kept whole', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  const large = Buffer.from(`${'y'.repeat(998)}\r\n`.repeat(52_000))
  assert.match((await dialogue.deliver(large)) ?? '', /^250 /)
  const [summary] = inbox.store.list({ limit: 1 }).summaries
  assert.equal(summary?.sizeBytes, large.length + 2)
  const message = await inbox.store.find(summary?.id ?? '')
  assert.ok(message?.source.subarray(0, large.length).equals(large))
})

test('a command line over 2 KB is refused; one without end hangs up', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  assert.match((await dialogue.ask(`NOOP ${'x'.repeat(2100)}`)) ?? '', /^500 5\.5\.2 /)
  assert.match((await dialogue.ask('NOOP')) ?? '', /^250 /)
  dialogue.write('x'.repeat(5000))
  assert.match((await dialogue.reply()) ?? '', /^500 5\.5\.2 /)
  assert.equal(await dialogue.reply(), null)
})

test('the 1,001st recipient is refused for now, the others stay', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  await dialogue.ask('MAIL FROM:<a@b.example>')
  const lines = Array.from({ length: 1001 }, (_, i) => `RCPT TO:<r${i}@example.com>\r\n`)
  dialogue.write(lines.join(''))
  for (let i = 0; i < 1000; i++) assert.match((await dialogue.reply()) ?? '', /^250 /)
  assert.match((await dialogue.reply()) ?? '', /^452 4\.5\.3 /)
  await dialogue.ask('DATA')
  await dialogue.ask('Subject: many\r\n.')
  const [summary] = inbox.store.list({ limit: 1 }).summaries
  assert.equal(summary?.to.length, 20)
  assert.equal((await inbox.store.find(summary?.id ?? ''))?.to.length, 1000)
})

test('the 201st connection is turned away', async (t) => {
  const inbox = await localInbox(t)
  for (let i = 0; i < smtpLimits.connectionsMax; i++) {
    assert.match((await (await talk(t, inbox)).reply()) ?? '', /^220 /)
  }
  const extra = await talk(t, inbox)
  assert.match((await extra.reply()) ?? '', /^421 4\.7\.0 /)
})

test('commands out of order, malformed or unknown get their code', async (t) => {
  const dialogue = await talk(t, await localInbox(t))
  await dialogue.reply()
  const steps: [string, RegExp][] = [
    ['MAIL FROM:<a@b.example>', /^503 5\.5\.1 /],
    ['HELO client.example', /^250 /],
    ['RCPT TO:<a@b.example>', /^503 5\.5\.1 /],
    ['DATA', /^503 5\.5\.1 /],
    ['MAIL FROM:a@b.example', /^501 5\.5\.4 /],
    ['MAIL FROM:<a@b.example> RET=HDRS', /^555 5\.5\.4 /],
    ['MAIL FROM:<ü@b.example> SMTPUTF8 BODY=8BITMIME SIZE=10', /^250 /],
    ['MAIL FROM:<a@b.example>', /^503 5\.5\.1 /],
    ['RCPT TO:<>', /^501 5\.5\.4 /],
    ['RCPT TO:<a@b.example> NOTIFY=NEVER', /^555 5\.5\.4 /],
    ['RSET', /^250 /],
    ['RCPT TO:<a@b.example>', /^503 5\.5\.1 /],
    ['VRFY ada', /^252 /],
    ['EXPN all', /^500 /],
    ['QUIT', /^221 /],
  ]
  for (const [line, expected] of steps)
    assert.match((await dialogue.ask(line)) ?? '', expected, line)
  assert.equal(await dialogue.reply(), null)
})

test('a message that cannot be written is not acknowledged', async (t) => {
  const troubles: unknown[] = []
  const smtp = await startSmtp({
    port: 0,
    isReady: () => true,
    keep: () => Promise.reject(new Error('no space left')),
    onTrouble: (error) => troubles.push(error),
  })
  t.after(() => smtp.close(200))
  const dialogue = await talk(t, { ports: { smtp: smtp.port } })
  await dialogue.greet()
  assert.match((await dialogue.deliver('Subject: x\r\n')) ?? '', /^451 4\.3\.0 /)
  assert.equal(troubles.length, 1)
})

test('at a stop the message at hand is finished and acknowledged first', async (t) => {
  const { promise: written, resolve: write } = Promise.withResolvers<void>()
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const smtp = await startSmtp({
    port: 0,
    isReady: () => true,
    keep: () => {
      ask()
      return written
    },
    onTrouble: () => {},
  })
  const dialogue = await talk(t, { ports: { smtp: smtp.port } })
  const idle = await talk(t, { ports: { smtp: smtp.port } })
  await dialogue.greet()
  await idle.greet()
  const reply = dialogue.deliver('Subject: x\r\n')
  await asked
  const closed = smtp.close(5000)
  assert.match((await idle.reply()) ?? '', /^421 4\.3\.2 /)
  write()
  assert.match((await reply) ?? '', /^250 /)
  assert.match((await dialogue.reply()) ?? '', /^421 4\.3\.2 /)
  await closed
})

test('a client that vanishes in mid-message leaves nothing behind', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await talk(t, inbox)
  await dialogue.greet()
  dialogue.write('MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nSubject: half\r\n')
  dialogue.socket.destroy()
  await once(dialogue.socket, 'close')
  const next = await talk(t, inbox)
  await next.greet()
  await next.deliver('Subject: whole\r\n')
  const subjects = inbox.store.list({ limit: 9 }).summaries.map(({ subject }) => subject)
  assert.deepEqual(subjects, ['whole'])
})

test('a real client delivers over kept connections', async (t) => {
  const inbox = await localInbox(t)
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port: inbox.ports.smtp,
    pool: true,
    maxConnections: 3,
  })
  t.after(() => transport.close())
  const sent = Array.from({ length: 30 }, (_, i) =>
    transport.sendMail({
      from: 'Jörg <sender@example.com>',
      to: `r${i}@example.com`,
      subject: `Nummer ${i} für dich`,
      text: `.\n..\n${'long '.repeat(300)}`,
    }),
  )
  await Promise.all(sent)
  const { summaries } = inbox.store.list({ limit: 50 })
  assert.equal(new Set(summaries.map(({ subject }) => subject)).size, 30)
  assert.equal(summaries[0]?.from, 'Jörg <sender@example.com>')
})
