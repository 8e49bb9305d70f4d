import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseFailure } from './sql.ts'

function failure(code: string): DatabaseFailure {
  return new DatabaseFailure(Object.assign(new Error('failed'), { code }))
}

test('a connection that broke is an outage, by whatever code of five letters too', () => {
  for (const code of ['EPIPE', 'ECONNRESET', 'ENOENT', '57P01', '57P03', '08006', '53300']) {
    assert.equal(failure(code).isOutage, true, code)
  }
})

test('what the database says of a statement is no outage', () => {
  for (const code of ['23505', '42501', 'P0001', 'XX000', 'HV000']) {
    assert.equal(failure(code).isOutage, false, code)
  }
})
