/**
 * Loaded into every test process of `scripts/test.mjs` before the test: notes each statement at its first success, in a
 * file of the process's own.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { carriedOut } from '../../src/db/sql.ts'

const folder = process.env.TEST_STATEMENT_FOLDER
if (!folder) throw new Error('TEST_STATEMENT_FOLDER names no folder')
const file = join(folder, `${process.pid}.jsonl`)
const noted = new Set<unknown>()

carriedOut.subscribe((text) => {
  if (noted.has(text)) return
  noted.add(text)
  appendFileSync(file, `${JSON.stringify(text)}\n`)
})
