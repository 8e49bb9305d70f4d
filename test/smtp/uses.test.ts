/** When a key was last used by SMTP stands where its account looks for it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { Uses } from '../../src/smtp/uses.ts'
import { type Seeded, seeded } from '../support/seeded.ts'
import { silentLog } from '../support/vault.ts'

let world: Seeded
let sql: Pool
before(async () => {
  world = await seeded()
  sql = openPool(world.database.logins.smtp, { connectionsMax: 1 })
})
after(async () => {
  await sql.end()
  await world.end()
})

async function lastUse(credentialId: string): Promise<number | undefined> {
  const [row] = await world.database.query<{ last_used_at: Date }>(
    'select last_used_at from postern.credential_uses where credential_id = $1',
    [credentialId],
  )
  return row?.last_used_at.getTime()
}

test('a key is noted with its newest use, and an older one told later changes nothing', async () => {
  const sender = await world.sender((await world.addAccount()).apiKey)
  const ticket = await world.database.ticket('smtp')
  let nowMs = Date.parse('2026-03-01T10:00:00Z')
  const clock = { now: () => nowMs }
  const first = new Uses({ sql, ticket, clock, log: silentLog })
  first.note(sender)
  nowMs += 500
  first.note(sender)
  await first.stop()
  assert.equal(await lastUse(sender.credentialId), nowMs)
  const late = new Uses({ sql, ticket, clock: { now: () => nowMs - 60_000 }, log: silentLog })
  late.note(sender)
  await late.stop()
  assert.equal(await lastUse(sender.credentialId), nowMs)
})

test('with the ticket of another process nothing is noted', async () => {
  const sender = await world.sender((await world.addAccount()).apiKey)
  const ticket = await world.database.ticket('api')
  const faults: string[] = []
  const log = { ...silentLog, debug: (_: object, event: string) => void faults.push(event) }
  const uses = new Uses({ sql, ticket, clock: { now: () => Date.now() }, log })
  uses.note(sender)
  await uses.stop()
  assert.deepEqual(faults, ['uses of keys not written'])
  assert.equal(await lastUse(sender.credentialId), undefined)
})
