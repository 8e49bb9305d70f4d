import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runLoad, type Target } from './load.ts'
import { makeMessages } from './messages.ts'
import { startSink } from './sink.ts'

interface Message {
  to: string[]
  subject: string
}

interface Seen {
  requests: number
  subjects: Set<string>
  keys: Set<string>
}

/** Answers as the real API does, or as `refuse` wants, and notes what it saw. */
async function withServer(
  work: (url: URL, seen: Seen) => Promise<void>,
  refuse: (request: number, response: ServerResponse) => boolean = () => false,
): Promise<void> {
  const seen: Seen = { requests: 0, subjects: new Set(), keys: new Set() }
  const server = createServer(async (request: IncomingMessage, response) => {
    const parts: Buffer[] = []
    for await (const bytes of request) parts.push(bytes)
    if (refuse(++seen.requests, response)) return
    seen.keys.add(request.headers.authorization ?? '')
    const body: Message | Message[] = JSON.parse(Buffer.concat(parts).toString())
    for (const { subject } of [body].flat()) seen.subjects.add(subject)
    response.setHeader('content-type', 'application/json').end('{"id":"x"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    await work(new URL(`http://127.0.0.1:${port}/emails`), seen)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const folder = mkdtempSync(join(tmpdir(), 'sink-'))
after(() => rmSync(folder, { recursive: true }))

const maker = makeMessages('00c0ffee', { seed: 1, bytes: 10_240 })

function load(target: Target, messages: number, connections: number) {
  return runLoad(target, { messages, connections, maker, secondsMax: 30 })
}

test('one message a request: each is sent once, with the key', async () => {
  await withServer(async (url, seen) => {
    const result = await load({ kind: 'http', url, key: 're_one' }, 500, 10)
    assert.equal(result.accepted, 500)
    assert.deepEqual(result.refusals, {})
    assert.equal(result.latenciesMs.length, 500)
    assert.equal(seen.subjects.size, 500)
    assert.deepEqual([...seen.keys], ['Bearer re_one'])
  })
})

test('in batches the last one may be smaller', async () => {
  await withServer(async (url, seen) => {
    const result = await load({ kind: 'batch', url, key: 're_x', batchSize: 100 }, 450, 3)
    assert.equal(result.accepted, 450)
    assert.equal(seen.requests, 5)
    assert.equal(seen.subjects.size, 450)
  })
})

test('a refusal is counted with its words and not as accepted', async () => {
  const refuse = (request: number, response: ServerResponse) => {
    if (request % 5 !== 0) return false
    response.writeHead(503).end('{"message":"later"}')
    return true
  }
  await withServer(async (url) => {
    const result = await load({ kind: 'http', url, key: 're_x' }, 50, 2)
    assert.equal(result.accepted, 40)
    assert.deepEqual(result.refusals, { '503 {"message":"later"}': 10 })
  }, refuse)
})

test('a connection that ends without an answer costs one request, and the next opens another', async () => {
  const refuse = (request: number, response: ServerResponse) => {
    if (request === 3) response.socket?.destroy()
    return request === 3
  }
  await withServer(async (url, seen) => {
    const result = await load({ kind: 'http', url, key: 're_x' }, 10, 1)
    assert.equal(result.accepted, 9)
    assert.equal(seen.requests, 10)
  }, refuse)
})

test('over SMTP the sink counts each message once, by its own run', async () => {
  const sink = await startSink({ folder, firstPort: 26_700, ports: 2, controlPort: 26_699 })
  try {
    await sink.reset('00c0ffee')
    const target: Target = { kind: 'smtp', port: 26_701 }
    const result = await load(target, 300, 7)
    assert.equal(result.accepted, 300)
    await load(target, 10, 1)
    const state = await sink.state()
    assert.deepEqual(
      [state.messages, state.unique, state.duplicates, state.foreign, state.signed],
      [310, 300, 10, 0, 0],
    )
    assert.equal((await sink.arrivalsUs()).length, 300)
    await sink.reset('another1')
    await load(target, 5, 1)
    assert.equal((await sink.state()).foreign, 5)
    assert.equal((await sink.state()).unique, 0)
  } finally {
    await sink.stop()
  }
})

test('a sink with a delay answers later, one with temporary refusals refuses its share', async () => {
  const slow = { folder, firstPort: 26_710, ports: 1, controlPort: 26_709, delayMs: 30 }
  const sink = await startSink({ ...slow, temporaryPermille: 500 })
  try {
    await sink.reset('00c0ffee')
    const result = await load({ kind: 'smtp', port: 26_710 }, 60, 30)
    const refused = result.refusals['451 4.3.0 Try again later'] ?? 0
    assert.equal(result.accepted + refused, 60)
    assert.ok(refused > 10 && refused < 50, `${refused} of 60 refused`)
    assert.ok(Math.min(...result.latenciesMs) >= 60, 'two round trips of 30 ms')
    assert.equal((await sink.state()).temporary, refused)
    assert.equal((await sink.state()).unique, result.accepted)
  } finally {
    await sink.stop()
  }
})
