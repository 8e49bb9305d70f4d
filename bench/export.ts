/**
 * How long the export of an account takes, by messages, and whether its memory grows with them. Console, vault and who
 * fetches share one process here, so a real installation with cores to spare is faster.
 *
 *     node bench/export.ts [--messages 5000,20000] [--bytes 10000]
 *
 * Messages go through the real door, one recipient each, and are opened by a real vault; the file goes over a socket.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { freshen } from '../test/console/account-support.ts'
import { download, start } from '../test/console/export-support.ts'
import { accept } from '../test/console/mail-support.ts'
import { startPeopleConsole } from '../test/console/people-console.ts'
import { draft } from '../test/support/seeded.ts'

const atOnce = 200
const mib = 1024 * 1024

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '5000,20000' },
    bytes: { type: 'string', default: '10000' },
  },
})
const steps = values.messages.split(',').map(Number)
const html = htmlOf(Number(values.bytes))

const running = await startPeopleConsole()
const owner = await running.owner()
const results = []
let made = 0
for (const messages of steps) {
  while (made < messages) {
    const drafts = Array.from({ length: Math.min(atOnce, messages - made) }, (_, n) => ({
      ...draft([`reader${made + n}@d${n % 20}.bench.test`], { subject: `Number ${made + n}` }),
      content: { html, text: null },
    }))
    await accept(running, owner.browser, drafts)
    made += drafts.length
  }
  await running.database.query('analyze postern.messages, postern.deliveries, postern.events')
  results.push({ messages, ...(await measure()) })
}
process.stdout.write(`${JSON.stringify({ contentBytes: html.length, results }, null, 2)}\n`)
await running.close()

async function measure() {
  await freshen(running, owner)
  const rss = { before: process.memoryUsage().rss, most: 0 }
  const begun = performance.now()
  const { status, body } = await start(owner.browser)
  if (status !== 201) throw new Error(JSON.stringify(body))
  const answer = await download(running, owner.browser, body.url)
  let bytes = 0
  for await (const part of answer.body ?? []) {
    bytes += part.length
    rss.most = Math.max(rss.most, process.memoryUsage().rss)
  }
  const seconds = (performance.now() - begun) / 1000
  const { state, messages } = (await owner.browser.ask('GET', `/api/exports/${body.id}`)).body
  if (state !== 'done') throw new Error(`the export is ${state}`)
  return {
    seconds: Number(seconds.toFixed(1)),
    messagesASecond: Math.round(messages / seconds),
    fileMiB: Math.round(bytes / mib),
    moreMemoryMiB: Math.round((rss.most - rss.before) / mib),
  }
}

/** In lines, as programs write html; half of it is not to be compressed, as with links that are each reader's own. */
function htmlOf(bytes: number): string {
  const lines: string[] = []
  for (let length = 0; length < bytes; length += 76) {
    lines.push(
      lines.length % 2 === 0 ? randomBytes(37).toString('hex') : 'The November list. '.repeat(4),
    )
  }
  return lines.join('\r\n').slice(0, bytes)
}
