import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { samplesOf } from './samples.ts'

const facts = {
  key: 'pst_live_key',
  apiUrl: 'http://127.0.0.1:8025',
  smtp: { host: '127.0.0.1', port: 2587 },
  from: 'hello@postern.localhost',
  to: "o'brien@example.com",
}

test('every sample carries the key, the address and both mailboxes, and is code of its language', () => {
  const samples = samplesOf(facts)
  for (const { language, text } of samples) {
    for (const part of [facts.key, facts.from, '127.0.0.1'])
      assert.ok(text.includes(part), language)
  }
  const source = samples.find(({ language }) => language === 'Node')?.text ?? ''
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--check'], {
    input: source,
  })
  assert.equal(status, 0)
})

test('a quote in an address does not end the quotes of the shell', () => {
  const source = samplesOf(facts).find(({ language }) => language === 'curl')?.text ?? ''
  const shell = source.replace(/^curl/, 'printf "%s\\0"')
  const { stdout } = spawnSync('sh', ['-c', shell], { encoding: 'utf8' })
  const body: unknown = JSON.parse(stdout.split('\0').at(-2) ?? '')
  assert.deepEqual(body, {
    from: facts.from,
    to: facts.to,
    subject: 'Hello from Postern',
    text: 'It works.',
  })
})
