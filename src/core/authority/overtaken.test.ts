import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseFailure } from '../../db/sql.ts'
import { againIfOvertaken } from './overtaken.ts'

/** Fails so many times with that code, then answers how often it was tried. */
function failing(times: number, code: string): () => Promise<number> {
  let tries = 0
  return async () => {
    tries += 1
    if (tries <= times) throw new DatabaseFailure({ code })
    return tries
  }
}

test('a change that was overtaken is made once more', async () => {
  assert.equal(await againIfOvertaken(failing(1, '40001')), 2)
  await assert.rejects(againIfOvertaken(failing(2, '40001')), DatabaseFailure)
})

test('another failure is not tried again', async () => {
  await assert.rejects(againIfOvertaken(failing(1, '23505')), DatabaseFailure)
})
