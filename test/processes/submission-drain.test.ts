/** SIGTERM in the middle of submissions: what was answered 250 is delivered, once, and nobody is left without a reply. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { SmtpClient } from '../smtp/client.ts'
import { startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import { logLines, startPostern } from './running-postern.ts'

const sessions = 8
const messagesFirst = 200

test('SIGTERM under load by SMTP: each session gets its last reply, and the next start delivers the rest', async (context) => {
  const host = await startMailHost()
  const first = await startPostern({ 'sink.test': host.port })
  const accepted = new Set<string>()
  const lastReplies: string[] = []
  const pump = async () => {
    const client = await SmtpClient.open(first.runJson.ports.smtp)
    await client.signIn(first.key)
    for (;;) {
      const reply = await client.send('From: test@postern.localhost\r\n\r\nHello', ['to@sink.test'])
      const id = /^250 .* queued as (\S+)$/.exec(reply ?? '')?.[1]
      if (id === undefined) break
      accepted.add(id)
    }
    lastReplies.push(client.lastReply ?? 'none')
    client.close()
  }
  const pumps = Array.from({ length: sessions }, pump)
  await waitFor(() => accepted.size >= messagesFirst, { what: 'a running load', seconds: 60 })
  assert.equal(await first.stop({ keepHome: true }), 0)
  await Promise.all(pumps)
  for (const reply of lastReplies) assert.match(reply, /^421 4\.3\.2 The server is restarting/)
  assert.equal(logLines(first, 'smtp', '"event":"stopped"').length, 1)
  const atOnce = host.messages.length

  const second = await startPostern({ 'sink.test': host.port }, first.home)
  const arrived = () =>
    host.messages.map(({ source }) => /^Message-ID: <([^@]+)@/m.exec(source.toString())?.[1])
  await waitFor(() => new Set(arrived()).size >= accepted.size, { what: 'the rest', seconds: 60 })
  assert.deepEqual(arrived().sort(), [...accepted].sort())
  context.diagnostic(`accepted ${accepted.size}, delivered before the end ${atOnce}`)
  assert.equal(await second.stop({ keepHome: true }), 0)
  rmSync(first.home, { recursive: true })
  await host.stop()
})
