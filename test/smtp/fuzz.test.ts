/** Noise, and conversations with noise in them, over real sockets: nothing ends the server, and nothing broken is accepted. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parseMailbox } from '../../src/mail/address.ts'
import { seededRandom } from '../support/load.ts'
import { waitFor } from '../support/wait-for.ts'
import { SmtpClient } from './client.ts'
import { key, startSubmission, type TestSubmission } from './submission-server.ts'

const seed = 20_231_218
const conversations = 600
const atOnce = 20
/** What a session may hold at most, many times over; a leak of what was sent would be more. */
const growthMax = 24 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What is really held: the size of the process also tells of the machine's other work. */
function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** What is freed takes a moment to be given back; a leak never is. */
async function demandSmall(before: number): Promise<void> {
  await waitFor(() => heldBytes() - before < growthMax, {
    what: `the process to hold less than ${growthMax} bytes more than before`,
  })
}

const random = seededRandom(seed)
const below = (max: number) => Math.floor(random() * max)
const oneOf = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item

const plain = Buffer.from(`\0resend\0${key}`).toString('base64')
const signIn = `EHLO client.example\r\nAUTH PLAIN ${plain}\r\n`
const message = 'From: a@example.org\r\nSubject: Hello\r\n\r\nHello\r\n.dot\r\n..\r\n.\r\n'
const whole = `${signIn}MAIL FROM:<a@example.org>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n${message}`
const spices = [
  '\r\n',
  '\r',
  '\n',
  '\0',
  '.',
  '\r\n.\r\n',
  '\n.\n',
  '\n.\r\n',
  '\r.\r',
  '\r\n.\n',
  '<',
  '>',
  '"',
]
const commands = [
  'MAIL FROM:<a@example.org>\r\n',
  'RCPT TO:<ada@example.com>\r\n',
  'DATA\r\n',
  'RSET\r\n',
  'BDAT 5\r\nabc\r\n',
  'BDAT 0 LAST\r\n',
  'BDAT 999\r\n',
  'AUTH LOGIN\r\n',
  'EHLO again\r\n',
  'STARTTLS\r\n',
  message,
]

/** What the clients of the dialogues say. */
const spoken = readdirSync(new URL('dialogues/', import.meta.url)).map((name) =>
  readFileSync(new URL(`dialogues/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('C'))
    .map((line) => line.slice(3).replaceAll('\\r', '\r').replaceAll('\\n', '\n'))
    .map((line) => (line.endsWith('\n') ? line : `${line}\r\n`))
    .join('')
    .replaceAll('{plain}', plain),
)

function noise(): Buffer {
  return Buffer.from(Array.from({ length: below(3_000) }, () => below(256)))
}

function mutate(text: string): Buffer {
  let bytes = text
  for (let n = below(4); n >= 0; n--) {
    const at = below(bytes.length + 1)
    const change = below(4)
    if (change === 0) bytes = bytes.slice(0, at) + oneOf(spices) + bytes.slice(at)
    else if (change === 1) bytes = bytes.slice(0, at) + bytes.slice(at + below(20))
    else if (change === 2) bytes = bytes.slice(0, at) + bytes.slice(Math.max(0, at - below(60)))
    else bytes = bytes.slice(0, at) + oneOf(commands) + bytes.slice(at)
  }
  return Buffer.from(bytes, 'latin1')
}

function conversation(): Buffer {
  const kind = below(10)
  if (kind === 0) return noise()
  if (kind === 1) return Buffer.concat([Buffer.from(signIn), noise()])
  if (kind < 4) return mutate(oneOf(spoken))
  if (kind < 6) return mutate(signIn + Array.from({ length: 12 }, () => oneOf(commands)).join(''))
  return mutate(whole + whole.slice(signIn.length))
}

/** Sends it in pieces of any size, and waits until the server has hung up. */
async function talk({ ports }: TestSubmission): Promise<void> {
  const bytes = conversation()
  const socket = connect({
    port: ports.smtp,
    host: '127.0.0.1',
    allowHalfOpen: true,
    noDelay: true,
  })
  const closed = once(socket, 'close')
  socket.on('error', () => {})
  socket.on('end', () => socket.destroy())
  socket.resume()
  for (let at = 0; at < bytes.length && !socket.destroyed; ) {
    const length = random() < 0.5 ? 1 + below(40) : bytes.length
    socket.write(bytes.subarray(at, at + length))
    at += length
    if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve))
  }
  socket.end()
  await closed
}

test(`noise never ends the server and is never accepted as a message (seed ${seed})`, async (context) => {
  const server = await startSubmission({ limits: { failuresMax: 1_000_000 } })
  context.after(() => server.close(200))
  const before = heldBytes()
  let left = conversations
  const worker = async () => {
    while (left-- > 0) await talk(server)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  assert.ok(server.received.length > 50, `only ${server.received.length} messages came through`)
  for (const { source, recipients } of server.received) {
    const text = source.toString('latin1')
    assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n|\0/)
    assert.match(text, /^$|\r\n$/)
    for (const line of text.split('\r\n')) assert.ok(line.length <= 998)
    assert.ok(recipients.length > 0 && recipients.every((one) => parseMailbox(one)))
  }
  assert.deepEqual(server.faults, [])
  const client = await SmtpClient.open(server.ports.smtp)
  await client.signIn(key)
  assert.match((await client.send('From: a@example.org\r\n\r\nStill here')) ?? '', /^250/)
  client.close()
  await demandSmall(before)
})

test('an endless line, an endless header and an endless message take no endless memory', async (context) => {
  const limits = { messageBytesInFlightMax: 4 * 1024 * 1024 }
  const server = await startSubmission({ limits })
  context.after(() => server.close(200))
  const starts = ['NOOP ', `${signIn}NOOP `, `${whole.slice(0, whole.indexOf('From:'))}X: `]
  const line = Buffer.alloc(1024 * 1024, 'x')
  const before = heldBytes()
  for (const start of starts) {
    const socket = connect(server.ports.smtp, '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.write(start)
    for (let n = 0; n < 60 && !socket.destroyed; n++) {
      // Calls back also when the server has hung up.
      await new Promise((resolve) => socket.write(line, resolve))
    }
    await demandSmall(before)
    socket.destroy()
  }
  assert.deepEqual(server.received, [])
})
