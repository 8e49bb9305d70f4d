/**
 * The real process behind its fence: what it does before vault is there, with its key, and when
 * told to stop.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpath } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex, Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { settingsTable } from '../../src/config/settings.ts'
import type { Handover } from '../../src/process/handover.ts'
import { answerStatus, encodeFrame, FrameReader, jsonBody } from '../../src/vault/protocol.ts'
import { Dialogue } from './dialogue.ts'
import { temporaryFolder } from './local-inbox.ts'

const checkout = resolve(import.meta.dirname, '../..')

function handover(folder: string, inboxSmtpPort: number): Handover {
  const fallbacks = Object.entries(settingsTable).map(([key, { fallback }]) => [key, fallback])
  return {
    role: 'inbox',
    ticket: Buffer.alloc(32).toString('base64url'),
    database: null,
    identity: null,
    vaultSocket: join(folder, 'vault.sock'),
    authorityPublicKey: null,
    settings: { ...Object.fromEntries(fallbacks), home: folder, inboxPort: 0, inboxSmtpPort },
    dataFolder: '.',
    vault: null,
    mailKey: null,
    inboxSmtpPort: null,
    routes: [],
    scanners: [],
    acmeCa: null,
    oidcCa: null,
    tls: null,
  }
}

async function start(t: TestContext, folder: string, smtpPort = 0) {
  const code = ['src', 'node_modules', 'package.json'].map((name) => join(checkout, name))
  const fence = [...code, folder].map((path) => `--allow-fs-read=${path}`)
  const entry = join(checkout, 'src/inbox/main.ts')
  const child = spawn(
    process.execPath,
    ['--permission', ...fence, `--allow-fs-write=${folder}`, entry],
    { cwd: folder, env: {}, stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'] },
  )
  t.after(() => child.kill('SIGKILL'))
  child.stdout?.resume()
  const [secrets, control] = [child.stdio[3] as Writable, child.stdio[4] as Duplex] // pipes, as said above
  secrets.end(JSON.stringify(handover(folder, smtpPort)))
  const [line] = await once(createInterface({ input: control }), 'line')
  return { child, control, ready: JSON.parse(line) }
}

/** Says the same key to every request, as the real vault does to the inbox. */
async function vaultWithKey(t: TestContext, folder: string): Promise<void> {
  const fileKey = Buffer.alloc(32, 7).toString('hex')
  const body = jsonBody({ destinationKey: null, returnPathKey: null, fileKey, identityKey: null })
  const server = createServer((socket) => {
    const reader = new FrameReader()
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      for (const { requestId } of reader.take(chunk)) {
        socket.write(encodeFrame({ code: answerStatus.done, requestId, body }))
      }
    })
  })
  server.listen(join(folder, 'vault.sock'))
  await once(server, 'listening')
  t.after(() => server.close())
}

/** The client is told to come back until the key has arrived. */
async function dialogueOnceOpen(t: TestContext, port: number): Promise<Dialogue> {
  for (;;) {
    const dialogue = await Dialogue.open(port)
    t.after(() => dialogue.close())
    if ((await dialogue.reply())?.startsWith('220')) return dialogue
  }
}

test('with vault’s key mail is kept within the fence, also over a kill', async (t) => {
  const folder = await realpath(await temporaryFolder(t))
  await vaultWithKey(t, folder)
  const first = await start(t, folder)
  const dialogue = await dialogueOnceOpen(t, first.ready.ports.smtp)
  await dialogue.ask('EHLO client.example')
  const signature =
    'DKIM-Signature: v=1; a=rsa-sha256; d=postern.localhost; s=pm1; h=from; bh=x; b=AAAA'
  const source = `From: a@postern.localhost\r\n${signature}\r\nSubject: kept\r\n`
  assert.match((await dialogue.deliver(source)) ?? '', /^250 /)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const second = await start(t, folder)
  await dialogueOnceOpen(t, second.ready.ports.smtp)
  const answer = await fetch(`http://127.0.0.1:${second.ready.ports.http}/api/messages`)
  // As web.test.ts shows.
  const { data } = (await answer.json()) as { data: { id: string; subject: string }[] }
  assert.deepEqual(
    data.map(({ subject }) => subject),
    ['kept'],
  )
  const verdicts = await fetch(`${answer.url}/${data[0]?.id}/verdicts`)
  // As message-parts.test.ts shows.
  const { dkim } = (await verdicts.json()) as { dkim: { domain: string; result: string }[] }
  assert.deepEqual([dkim[0]?.domain, dkim[0]?.result], ['postern.localhost', 'fail'])
  second.child.kill('SIGTERM')
  const [exitCode] = await once(second.child, 'exit')
  assert.equal(exitCode, 0)
})

test('the doors open before vault does, and say so; an order to stop ends the process at once', async (t) => {
  const { child, control, ready } = await start(t, await realpath(await temporaryFolder(t)))
  assert.equal(ready.kind, 'ready')
  assert.deepEqual(Object.keys(ready.ports).sort(), ['content', 'http', 'smtp'])
  const dialogue = await Dialogue.open(ready.ports.smtp)
  assert.match((await dialogue.reply()) ?? '', /^421 4\.3\.2 /)
  const address = `http://127.0.0.1:${ready.ports.http}`
  assert.equal((await fetch(`${address}/api/messages`)).status, 503)
  assert.match(await (await fetch(address)).text(), /Local inbox/)
  control.write('{"kind":"stop"}\n')
  const [exitCode] = await once(child, 'exit')
  assert.equal(exitCode, 0)
})

test('the mail host listens on the port of the settings, and on loopback only', async (t) => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  const port = typeof address === 'object' && address ? address.port : 0
  probe.close()
  await once(probe, 'close')
  const { ready } = await start(t, await realpath(await temporaryFolder(t)), port)
  assert.equal(ready.ports.smtp, port)
  // Another address of the loopback network is not it: nothing listens there.
  const elsewhere = connect(port, '127.0.0.2')
  const [error] = await once(elsewhere, 'error')
  assert.equal(error.code, 'ECONNREFUSED')
})
