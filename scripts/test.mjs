/**
 * Runs every test against one embedded PostgreSQL, in a temporary folder of this run's own. A run of all of them fails
 * as well when a statement of a queries file was carried out by none.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeReachableFolder } from '../src/process/folders.ts'
import { startTestServer } from '../test/support/database-server.ts'
import { findUntested, notedStatements, statementsIn } from '../test/support/statement-count.ts'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const folder = makeReachableFolder([tmpdir()], 'pt-')
process.env.TMPDIR = folder
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

const noteFolder = join(folder, 'statements')
mkdirSync(noteFolder)

const wanted = process.argv.slice(2)
const files = globSync(
  wanted.length > 0
    ? wanted
    : ['src/**/*.test.ts', 'dashboard/src/**/*.test.ts', 'test/**/*.test.ts'],
)
if (files.length === 0) {
  console.error('No test file was found; a run that tests nothing must not pass.')
  process.exit(1)
}
const server = await startTestServer()
const runner = spawn(
  process.execPath,
  [
    '--import=./test/support/note-statements.ts',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    // What hangs ends as a failure, with a name.
    '--test-timeout=420000',
    ...files.sort(),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      // Each file is a process of its own that would compile the same modules again.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      TEST_DATABASE_SERVER: JSON.stringify(server.admin),
      TEST_STATEMENT_FOLDER: noteFolder,
    },
  },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => runner.kill(signal))
const code = await new Promise((resolve) => runner.once('exit', resolve))
// What a part of the tests, or a run that failed, has left out says nothing.
const isWhole = wanted.length === 0 && code === 0
// The server and the folder go with this process.
process.exit(isWhole && !everyStatementWasTested() ? 1 : (code ?? 1))

function everyStatementWasTested() {
  const statements = globSync('src/**/*queries.ts')
    .sort()
    .flatMap((file) => statementsIn(file, readFileSync(file, 'utf8')))
  const untested = findUntested(statements, notedStatements(noteFolder))
  for (const { place, reason } of untested) console.error(`${place} ${reason}`)
  console.log(`${statements.length} statements in queries files, ${untested.length} untested`)
  if (statements.length === 0) console.error('No statement was found: the count looked at nothing.')
  return untested.length === 0 && statements.length > 0
}
