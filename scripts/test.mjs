/** Runs every test against one embedded PostgreSQL, in a temporary folder of this run's own. */
import { spawn } from 'node:child_process'
import { globSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeReachableFolder } from '../src/process/folders.ts'
import { startTestServer } from '../test/support/database-server.ts'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const folder = makeReachableFolder([tmpdir()], 'pt-')
process.env.TMPDIR = folder
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

const wanted = process.argv.slice(2)
const files = globSync(wanted.length > 0 ? wanted : ['src/**/*.test.ts', 'test/**/*.test.ts'])
if (files.length === 0) {
  console.error('No test file was found; a run that tests nothing must not pass.')
  process.exit(1)
}
const server = await startTestServer()
const runner = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files.sort()],
  {
    stdio: 'inherit',
    env: { ...process.env, TEST_DATABASE_SERVER: JSON.stringify(server.admin) },
  },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => runner.kill(signal))
const code = await new Promise((resolve) => runner.once('exit', resolve))
// The server and the folder go with this process.
process.exit(code ?? 1)
