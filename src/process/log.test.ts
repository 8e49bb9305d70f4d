import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseFailure } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'
import { describeError, type LogFields, openLog } from './log.ts'

const address = 'someone@example.com'

function logged(fields: LogFields): string {
  let text = ''
  const destination = {
    write(line: string) {
      text += line
    },
  }
  openLog('api', destination).info(fields, 'tried')
  return text
}

test('a field that is not on the list is not written, even when a cast let it through', () => {
  const fields = { messageId: '1', recipient: address } as LogFields
  const line = JSON.parse(logged(fields))
  assert.equal(line.messageId, '1')
  assert.equal(line.event, 'tried')
  assert.equal(line.recipient, undefined)
})

for (const error of [
  new Refusal('invalid_input', `The recipient ${address} is not valid.`),
  new Error(`first line\n    at ${address} (x.ts:1:1)\nlast line ${address}`),
  new TypeError(`Received '${address}'`, { cause: new Error(address) }),
  new DatabaseFailure({ code: '23505', constraint: 'messages_pkey' }),
  address,
]) {
  test(`what is written of ${Object(error).constructor.name} quotes no value`, () => {
    assert.doesNotMatch(logged({ error }), /someone/)
  })
}

test('of an error its type, code, place and cause are written', () => {
  const cause = new DatabaseFailure({
    code: '23505',
    constraint: 'messages_pkey',
    table: 'messages',
  })
  const described = describeError(new Refusal('unavailable', 'Try again.', { cause }))
  assert.equal(described.type, 'Refusal')
  assert.equal(described.code, 'unavailable')
  assert.match(described.stack?.[0] ?? '', /log\.test\.ts/)
  assert.equal(described.cause?.constraint, 'messages_pkey')
})
