/** What the operator does to the queue, over a real database. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import {
  createAccountKey,
  revokeAndHoldAccountKey,
  rollAccountKey,
} from '../../src/core/accounts/account-keys.ts'
import type { AccountDeps } from '../../src/core/accounts/create-account.ts'
import { destinationIndex, tagIndex } from '../../src/core/messages/accept-message.ts'
import { findHashes, listCredentials } from '../../src/core/operations/credential-queries.ts'
import { changeDeliveries, everything } from '../../src/core/queue/change-deliveries.ts'
import {
  changeQueue,
  countQueue,
  listQueue,
  type QueueFilter,
} from '../../src/core/queue/queries.ts'
import { untilUndisturbed } from '../../src/core/queue/undisturbed.ts'
import { DatabaseFailure } from '../../src/db/sql.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { storedHash, tokenProof } from '../../src/lib/token.ts'
import { draft, type Seeded, seeded } from '../support/seeded.ts'

let world: Seeded
let h1: Buffer
let account: { id: string; apiKey: string }
before(async () => {
  world = await seeded()
  h1 = tokenProof(world.database.operatorToken)
})
after(() => world.end())
beforeEach(async () => {
  await world.database.query('delete from postern.deliveries')
  account = await world.addAccount()
})

const query = (text: string, values?: unknown[]) =>
  world.database.query<Record<string, unknown>>(text, values)

interface Sent {
  to?: string[]
  key?: string
  tags?: { name: string; value: string }[]
  scheduledAt?: Date
}

async function send({
  to = ['a@one.example'],
  key = account.apiKey,
  tags = [],
  scheduledAt,
}: Sent = {}) {
  const sender = await world.sender(key)
  const wanted = { ...draft(to, { tags }), ...(scheduledAt && { scheduledAt }) }
  const [id] = await world.api.door.accept(sender, [wanted], null)
  return id!
}

const act = (action: 'hold' | 'release' | 'retry' | 'cancel', filter: Partial<QueueFilter>) =>
  changeDeliveries(world.ops, h1, { action, filter: { ...everything, ...filter } })

const rowsOf = (id: string) =>
  query(
    'select n, state, ready, holds, due_at <= now() as due from postern.deliveries where message_id = $1 order by n',
    [id],
  )

const eventsOf = async (id: string) =>
  (
    await query(
      'select kind, n from postern.events where message_id = $1 and n is not null order by id',
      [id],
    )
  ).map(({ kind, n }) => `${kind} ${n}`)

test('what is held waits until it is released, and both are told', async () => {
  const id = await send({ to: ['a@one.example', 'b@two.example'] })
  assert.deepEqual(await act('hold', { messageId: id }), { matched: 2, changed: 2 })
  assert.deepEqual(await act('hold', { messageId: id }), { matched: 2, changed: 0 })
  const held = { state: 'queued', ready: false, holds: ['operator'], due: true }
  assert.deepEqual(await rowsOf(id), [
    { n: 0, ...held },
    { n: 1, ...held },
  ])
  const claimable = 'select 1 from postern.deliveries where ready'
  assert.deepEqual(await query(claimable), [])
  assert.deepEqual(await act('release', { state: 'held' }), { matched: 2, changed: 2 })
  assert.ok((await rowsOf(id)).every(({ ready, holds }) => ready && holds === null))
  assert.deepEqual(await eventsOf(id), ['held 0', 'held 1', 'released 0', 'released 1'])
})

test('a release takes away what key and operator hold, and nothing else', async () => {
  const id = await send()
  const holdBy = (holds: string[]) =>
    query('update postern.deliveries set holds = $2, ready = false where message_id = $1', [
      id,
      holds,
    ])
  await holdBy(['key', 'account', 'operator'])
  assert.deepEqual(await act('release', { messageId: id }), { matched: 1, changed: 1 })
  assert.deepEqual((await rowsOf(id))[0]!.holds, ['account'])
  assert.deepEqual(await eventsOf(id), [], 'it is not released yet')
  assert.deepEqual(await act('release', { messageId: id }), { matched: 1, changed: 0 })
  await holdBy(['key'])
  await act('release', { messageId: id })
  assert.equal((await rowsOf(id))[0]!.ready, true)
})

test('what is under way ends its attempt when held, and is not cancelled', async () => {
  const id = await send()
  await query(
    "update postern.deliveries set ready = false, state = 'attempting', due_at = now() + interval '1 minute' where message_id = $1",
    [id],
  )
  assert.deepEqual(await act('cancel', { messageId: id }), { matched: 1, changed: 0 })
  assert.deepEqual(await act('hold', { messageId: id }), { matched: 1, changed: 1 })
  const [row] = await rowsOf(id)
  assert.deepEqual([row!.state, row!.holds], ['attempting', ['operator']])
})

test('a retry makes due what waits for its next try, and neither what is scheduled nor what is held', async () => {
  const [waiting, held] = [await send(), await send()]
  const scheduled = await send({ scheduledAt: new Date(Date.now() + 3_600_000) })
  await query(
    "update postern.deliveries set ready = false, attempts = 1, due_at = now() + interval '1 hour' where message_id = $1",
    [waiting],
  )
  await act('hold', { messageId: held })
  assert.deepEqual(await act('retry', { accountId: account.id }), { matched: 3, changed: 1 })
  assert.deepEqual(
    (await rowsOf(waiting)).map(({ ready, due }) => [ready, due]),
    [[true, true]],
  )
  assert.equal((await rowsOf(scheduled))[0]!.due, false)
  assert.deepEqual(await eventsOf(waiting), ['requeued 0'])
})

test('what is cancelled has ended, held or not', async () => {
  const id = await send({ to: ['a@one.example', 'b@two.example'] })
  await query(
    "update postern.deliveries set holds = '{key}', ready = false where message_id = $1 and n = 1",
    [id],
  )
  assert.deepEqual(await act('cancel', { accountId: account.id }), { matched: 2, changed: 2 })
  assert.ok((await rowsOf(id)).every(({ state, holds }) => state === 'cancelled' && holds === null))
  assert.deepEqual(await act('cancel', { accountId: account.id }), { matched: 0, changed: 0 })
})

test('deliveries are chosen by account, destination, tag, key and state, alone or together', async () => {
  const other = await world.addAccount()
  const tag = { name: 'kind', value: 'order' }
  const tagged = await send({ to: ['a@one.example', 'b@two.example'], tags: [tag] })
  const plain = await send({ to: ['c@two.example'] })
  const foreign = await send({ key: other.apiKey, to: ['d@two.example'], tags: [tag] })
  const keys = await world.operator.keys()
  const destination = destinationIndex(keys.destinationKey!, 'two.example')
  const { indexKey, accountId } = await world.operator.accountKeys(tokenProof(account.apiKey))
  assert.equal(accountId, account.id)
  const ofTag = tagIndex(indexKey, tag)
  const [credential] = await listCredentials(world.ops, h1, account.id)
  const found = async (filter: Partial<QueueFilter>) => {
    const rows = await listQueue(world.ops, h1, { filter: { ...everything, ...filter }, limit: 10 })
    const counted = await countQueue(world.ops, h1, { ...everything, ...filter })
    const sum = counted.reduce((all, { deliveries }) => all + Number(deliveries), 0)
    assert.equal(sum, rows.length)
    return rows.map(({ messageId, n }) => `${messageId} ${n}`).sort()
  }
  assert.equal((await found({})).length, 4)
  assert.deepEqual(
    await found({ destination }),
    [`${tagged} 1`, `${plain} 0`, `${foreign} 0`].sort(),
  )
  assert.deepEqual(await found({ tag: ofTag }), [`${tagged} 0`, `${tagged} 1`])
  assert.deepEqual(await found({ tag: ofTag, destination }), [`${tagged} 1`])
  assert.deepEqual(
    await found({ credentialId: credential!.id }),
    [`${tagged} 0`, `${tagged} 1`, `${plain} 0`].sort(),
  )
  assert.deepEqual(await found({ accountId: other.id }), [`${foreign} 0`])
  await act('hold', { destination, accountId: account.id })
  assert.deepEqual(await found({ state: 'held' }), [`${tagged} 1`, `${plain} 0`].sort())
  assert.deepEqual(await found({ state: 'queued' }), [`${tagged} 0`, `${foreign} 0`].sort())
})

test('a change goes through all pages and misses none, whatever the size of a page', async () => {
  for (let n = 0; n < 7; n++) await send({ to: ['a@one.example', 'b@two.example', 'c@x.example'] })
  const filter = { ...everything, accountId: account.id }
  let after = { accountId: account.id, messageId: '00000000-0000-0000-0000-000000000000', n: -1 }
  let changed = 0
  for (let rounds = 0; rounds < 10; rounds++) {
    const asked = { action: 'hold', hold: 'operator', filter, after, rowLimit: 4 } as const
    const page = await changeQueue(world.ops, h1, asked)
    changed += page!.changed
    if (page!.matched < 4) break
    after = { accountId: page!.lastAccount!, messageId: page!.lastMessage!, n: page!.lastN! }
  }
  assert.equal(changed, 21)
  const [left] = await query(
    'select count(*)::integer as free from postern.deliveries where holds is null',
  )
  assert.deepEqual(left, { free: 0 })
})

test('each change is a line of the ledger with its count, and no change is none', async () => {
  const id = await send({ to: ['a@one.example', 'b@two.example'] })
  const lines = () =>
    query(
      "select action, object_id, object_count from postern.ledger where object_id = $1 and action like 'queue.%' order by id",
      [id],
    )
  await act('hold', { messageId: id })
  await act('hold', { messageId: id })
  await act('cancel', { messageId: id })
  assert.deepEqual(await lines(), [
    { action: 'queue.hold', object_id: id, object_count: 2 },
    { action: 'queue.cancel', object_id: id, object_count: 2 },
  ])
})

test('another token changes nothing', async () => {
  await send()
  const stranger = tokenProof('pst_op_somebody-else')
  const asked = { action: 'cancel' as const, filter: everything }
  await assert.rejects(changeDeliveries(world.ops, stranger, asked), { code: '42501' })
})

test('a broken deadlock is tried again, and nothing else is', async () => {
  let tries = 0
  const deadlocked = async () => {
    if (++tries < 3) throw new DatabaseFailure({ code: '40P01' })
    return 'done'
  }
  assert.equal(await untilUndisturbed(deadlocked), 'done')
  const denied = async () => {
    throw new DatabaseFailure({ code: '42501' })
  }
  await assert.rejects(untilUndisturbed(denied), { code: '42501' })
})

test('an operator’s key can be restricted, rolled, and ended with a hold', async () => {
  const deps: AccountDeps = { sql: world.ops, vault: world.operator, clock: systemClock }
  const { operatorToken } = world.database
  const made = await createAccountKey(deps, operatorToken, {
    accountId: account.id,
    name: 'Deploy',
    permission: 'sending_access',
    domainName: null,
    restrictions: { sourceCidrs: ['127.0.0.0/8'], hourlyMax: 50 },
  })
  const rolled = await rollAccountKey(deps, operatorToken, {
    credentialId: made.id,
    overlapSeconds: 60,
  })
  const rows = await listCredentials(world.ops, h1, account.id)
  const [old, successor] = [made.id, rolled.id].map((id) => rows.find((row) => row.id === id))
  assert.deepEqual(successor!.options, { sourceCidrs: ['127.0.0.0/8'], hourlyMax: 50 })
  assert.deepEqual([old!.expiresAt, successor!.expiresAt], [rolled.predecessorExpiresAt, null])
  const names = await query(
    'select distinct name_sealed from postern.credentials where id = any($1)',
    [[made.id, rolled.id]],
  )
  assert.equal(names.length, 1)
  const id = await send({ key: rolled.token })
  const ended = await revokeAndHoldAccountKey(deps, operatorToken, rolled.id)
  assert.deepEqual(ended, { accountId: account.id, held: 1 })
  await assert.rejects(
    rollAccountKey(deps, operatorToken, { credentialId: rolled.id, overlapSeconds: 60 }),
    { code: 'not_found' },
  )
  assert.deepEqual((await rowsOf(id))[0]!.holds, ['key'])
  const hashes = [rolled.token, made.apiKey].map((token) => storedHash(tokenProof(token)))
  const known = await findHashes(world.ops, h1, [...hashes, Buffer.alloc(32)])
  const live = known.map((row) => [row.id, row.accountId, row.live]).sort()
  assert.deepEqual(
    live,
    [
      [made.id, account.id, true],
      [rolled.id, account.id, false],
    ].sort(),
  )
})
