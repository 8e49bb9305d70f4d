/** console as one process of a real instance: it starts with the others, comes back, and stops. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { readRunFile } from '../../src/process/run-file.ts'
import { type Instance, runToEnd, startInstance } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'

let instance: Instance
before(async () => {
  instance = await startInstance()
})
after(() => instance.stop())

async function health(): Promise<unknown> {
  const answer = await fetch(`${instance.consoleUrl}/healthz`)
  return answer.json()
}

test('the first screen names the console, and it answers there', async () => {
  await waitFor(() => instance.output().includes('Console  '), { what: 'the first screen' })
  assert.ok(instance.output().includes(`  Console  ${instance.consoleUrl}\n`))
  assert.deepEqual(await health(), { status: 'ok' })
})

test('after kill -9 it answers again at the same address', async () => {
  await instance.untilReplaced('console', instance.kill('console'))
  assert.deepEqual(await health(), { status: 'ok' })
})

test('the doctor counts it among the processes', async () => {
  const { stdout } = await instance.postern('doctor', '--json')
  const { data } = JSON.parse(stdout) as { data: { name: string; says: string }[] }
  assert.match(data.find(({ name }) => name === 'processes')?.says ?? '', /\bconsole\b/)
  assert.ok(data.some(({ name }) => name === 'console'))
})

test('a taken port is said before anything starts, with the setting that changes it', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { POSTERN_HOME: home, ...rest } = instance.environment
  const environment = { ...rest, POSTERN_HOME: `${home}-other`, POSTERN_CONSOLE_PORT: `${port}` }
  try {
    const { code, stderr } = await runToEnd(['bin/postern', 'run'], environment)
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`port ${port} .*is taken.*set POSTERN_CONSOLE_PORT`))
    assert.equal(readRunFile(`${home}-other`), undefined)
  } finally {
    other.close()
    rmSync(`${home}-other`, { recursive: true, force: true })
  }
})

test('a clean stop ends it before the doors of programs', async () => {
  const own = await startInstance()
  assert.equal(await own.stop({ keepHome: true }), 0)
  const stoppedAt = (role: string) => {
    const lines = readFileSync(`${own.home}/log/${role}.log`, 'utf8').trim().split('\n')
    const line = lines.find((text) => text.includes('"event":"stopped"'))
    return Date.parse(JSON.parse(line ?? '{}').time)
  }
  assert.ok(stoppedAt('console') <= stoppedAt('api'))
  rmSync(own.home, { recursive: true })
})
