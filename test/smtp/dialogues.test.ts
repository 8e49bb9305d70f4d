/** Every file under dialogues/, played over a real socket. Those whose name begins with `tls-` begin with TLS. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { playDialogue, readDialogue } from './dialogue-file.ts'
import { key, startSubmission, type TestSubmission } from './submission-server.ts'

const folder = new URL('dialogues/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** `trusting` is as a developer has it: on loopback, mail goes to the local inbox. */
let trusting: TestSubmission
let strict: TestSubmission
before(async () => {
  trusting = await startSubmission()
  strict = await startSubmission({ trustsLoopback: false })
})
after(async () => {
  await Promise.all([trusting.close(1000), strict.close(1000)])
})

test('there are dialogues', () => {
  assert.ok(files.length >= 20, `only ${files.length} were found`)
})

for (const name of files) {
  const dialogue = readDialogue(new URL(name, folder))
  test(`${name}: ${dialogue.title}`, async () => {
    const server = name.startsWith('strict-') ? strict : trusting
    const isTls = name.startsWith('tls-')
    const port = isTls ? server.ports.smtps : server.ports.smtp
    await playDialogue(dialogue, { port, isTls, key })
    assert.deepEqual(server.faults, [])
  })
}
