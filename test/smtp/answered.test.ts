/** Which messages are told to the log of their account. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../src/lib/refusal.ts'
import { SmtpClient } from './client.ts'
import { key, startSubmission } from './submission-server.ts'

const small = 'From: shop@example.org\r\n\r\nHello'

test('each message of a key that stands is told once, with the reply it got', async () => {
  const server = await startSubmission()
  try {
    const client = await SmtpClient.open(server.ports.smtp)
    await client.signIn(key)
    const said = [await client.send(small), await client.send(`${small}\0`)]
    server.refuse.submit = () => new Refusal('domain_not_verified', 'The domain is not verified.')
    said.push(await client.send(small))
    server.refuse.submit = () => new Error('a bug')
    said.push(await client.send(small))
    // The last one: nothing behind it can be read.
    said.push(await client.send('From: shop@example.org\n\nHello'))
    const told = server.answered.map(({ reply }) => reply)
    assert.deepEqual(told, said)
    assert.deepEqual(
      told.map((reply) => reply.slice(0, 9)),
      ['250 2.0.0', '554 5.6.0', '550 5.7.1', '451 4.3.0', '554 5.5.2'],
    )
    for (const { address, helloName, durationMs } of server.answered) {
      assert.match(address, /127\.0\.0\.1$/)
      assert.equal(helloName, 'client.example')
      assert.ok(durationMs >= 0)
    }
    client.close()
  } finally {
    await server.close(200)
  }
})

test('a chunk that is too large is told, and so is a message that came in chunks', async () => {
  const server = await startSubmission()
  try {
    const client = await SmtpClient.open(server.ports.smtp)
    await client.signIn(key)
    await client.ask('MAIL FROM:<>')
    await client.ask('RCPT TO:<ada@example.com>')
    client.write(`BDAT ${small.length} LAST\r\n${small}`)
    assert.match((await client.reply()) ?? '', /^250/)
    await client.ask('MAIL FROM:<>')
    await client.ask('RCPT TO:<ada@example.com>')
    assert.match((await client.ask('BDAT 999999999 LAST')) ?? '', /^552/)
    assert.deepEqual(
      server.answered.map(({ reply }) => reply.slice(0, 3)),
      ['250', '552'],
    )
  } finally {
    await server.close(200)
  }
})

test('nothing is told of who has no key that stands', async () => {
  const server = await startSubmission()
  try {
    const stranger = await SmtpClient.open(server.ports.smtp)
    await stranger.reply()
    await stranger.ask('EHLO client.example')
    stranger.write('BDAT 5 LAST\r\nHello')
    assert.match((await stranger.reply()) ?? '', /^530/)
    const client = await SmtpClient.open(server.ports.smtp)
    await client.signIn(key)
    server.refuse.again = new Refusal('invalid_key', 'API key is invalid')
    assert.match((await client.send(small)) ?? '', /^421/)
    assert.deepEqual(server.answered, [])
    stranger.close()
  } finally {
    await server.close(200)
  }
})
