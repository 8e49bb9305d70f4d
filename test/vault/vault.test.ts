import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { signingKeyRows } from '../../src/core/domains/add-domain.ts'
import { insertDomain } from '../../src/core/domains/queries.ts'
import { unpackEnvelope } from '../../src/core/messages/envelope.ts'
import { openPool } from '../../src/db/sql.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { sealClass, secretKey, unseal } from '../../src/lib/seal.ts'
import { tokenProof } from '../../src/lib/token.ts'
import type { VaultClient } from '../../src/vault/client.ts'
import { encodeFrame, jsonBody, operations } from '../../src/vault/protocol.ts'
import { draft, type Seeded, seeded } from '../support/seeded.ts'
import { testVault } from '../support/vault.ts'
import { waitFor } from '../support/wait-for.ts'

let world: Seeded
before(async () => {
  world = await seeded()
})
after(() => world.end())

const first = '00000000-0000-0000-0000-000000000000'
const headers = 'from:Ada <ada@postern.localhost>\r\nto:bob@example.com\r\nsubject:Hello\r\n'

interface Claimed {
  accountId: string
  messageId: string
  envelopeSealed: Buffer
}

/** A deliver process that has claimed whatever is due. */
async function deliverWithClaims(): Promise<{ client: VaultClient; claimed: Claimed[] }> {
  const ticket = await world.database.ticket('deliver')
  const sql = openPool(world.database.logins.deliver, { connectionsMax: 1 })
  const claimed = await sql<Claimed[]>`
    select account_id, message_id, envelope_sealed
      from postern.claim_deliveries(${ticket}, 100, 60, ${[]}::bytea[], 262144, ${0}::smallint, ${first}::uuid)`
  await sql.end()
  return { client: world.vault.client('deliver', ticket), claimed }
}

async function acceptOne(): Promise<{ accountId: string; messageId: string; apiKey: string }> {
  const { id, apiKey } = await world.addAccount()
  const sender = await world.sender(apiKey)
  const [messageId] = await world.api.door.accept(sender, [draft(['bob@example.com'])], null)
  assert.ok(messageId)
  return { accountId: id, messageId, apiKey }
}

test('deliver opens a message it holds under a lease, and no other', async () => {
  const { messageId, accountId } = await acceptOne()
  const { client, claimed } = await deliverWithClaims()
  const mine = claimed.find((row) => row.messageId === messageId)
  assert.ok(mine)
  const later = await acceptOne()
  const [key, none] = await client.openLeased([
    { accountId, messageId },
    { accountId: later.accountId, messageId: later.messageId },
  ])
  assert.equal(none, null)
  assert.ok(key)
  const name = { accountId, recordId: messageId, class: sealClass.envelope }
  const envelope = unpackEnvelope(unseal(secretKey(key), name, mine.envelopeSealed))
  assert.deepEqual(envelope.recipients, ['bob@example.com'])
})

test('bytes moved to another message do not open', async () => {
  const { messageId, accountId } = await acceptOne()
  const { client, claimed } = await deliverWithClaims()
  const mine = claimed.find((row) => row.messageId === messageId)
  const [key] = await client.openLeased([{ accountId, messageId }])
  assert.ok(key && mine)
  const moved = { accountId, recordId: first, class: sealClass.envelope }
  assert.throws(() => unseal(secretKey(key), moved, mine.envelopeSealed))
})

test('an opening has its ledger line before the answer comes', async () => {
  const count = async () =>
    Number(
      (
        await world.database.query<{ n: string }>(
          "select count(*) as n from postern.ledger where action = 'message.open'",
        )
      )[0]?.n,
    )
  const { messageId, accountId } = await acceptOne()
  const { client } = await deliverWithClaims()
  const before = await count()
  await client.openLeased([{ accountId, messageId }])
  assert.equal(await count(), before + 1)
})

test('when the ledger cannot be written nothing is opened', async () => {
  const { messageId, accountId } = await acceptOne()
  const { client } = await deliverWithClaims()
  await world.database.query(
    "alter table postern.ledger add constraint closed check (action <> 'message.open') not valid",
  )
  try {
    await assert.rejects(client.openLeased([{ accountId, messageId }]), isRefusal('unavailable'))
  } finally {
    await world.database.query('alter table postern.ledger drop constraint closed')
  }
})

test('a key opens the messages of its own account only', async () => {
  const mine = await acceptOne()
  const other = await acceptOne()
  const keys = await world.api.vault.openFor(tokenProof(mine.apiKey), [
    { kind: 'message', id: mine.messageId },
    { kind: 'message', id: other.messageId },
  ])
  assert.notEqual(keys[0], null)
  assert.equal(keys[1], null)
})

test('an unknown key opens nothing', async () => {
  const { messageId } = await acceptOne()
  await assert.rejects(
    world.api.vault.openFor(randomBytes(32), [{ kind: 'message', id: messageId }]),
    isRefusal('invalid_key'),
  )
})

test('vault signs what was opened, for the domain of its From', async () => {
  const { messageId, accountId } = await acceptOne()
  const { client } = await deliverWithClaims()
  const item = { messageId, domain: 'postern.localhost', headers, bodyHash: Buffer.alloc(32) }
  assert.deepEqual(await client.sign([item]), [{ refused: 'not_leased' }])
  await client.openLeased([{ accountId, messageId }])
  const [signed] = await client.sign([item])
  assert.match(
    signed && 'headers' in signed ? (signed.headers[0] ?? '') : '',
    /d=postern\.localhost;/,
  )
  const foreign = {
    ...item,
    domain: 'example.org',
    headers: headers.replace('postern.localhost', 'example.org'),
  }
  const lying = { ...item, headers: headers.replace('postern.localhost', 'example.org') }
  assert.deepEqual(await client.sign([foreign, lying]), [
    { refused: 'domain_unknown' },
    { refused: 'malformed' },
  ])
})

test('vault does not sign for a blocked account, whatever is then written into the database', async () => {
  const { messageId, accountId } = await acceptOne()
  const { client } = await deliverWithClaims()
  await client.openLeased([{ accountId, messageId }])
  const item = { messageId, domain: 'postern.localhost', headers, bodyHash: Buffer.alloc(32) }
  const [saved] = await world.database.query(
    'select * from postern.account_states where account_id = $1',
    [accountId],
  )
  await block(accountId)
  const blocked = [{ refused: 'account_blocked' }]
  assert.deepEqual(await client.sign([item]), blocked)
  await world.database.query(
    "update postern.account_states set state = 'active' where account_id = $1",
    [accountId],
  )
  assert.deepEqual(await client.sign([item]), blocked)
  await world.database.query(
    `update postern.account_states set state = 'active', reason = null, version = $2, previous = $3, signature = $4 where account_id = $1`,
    [accountId, saved?.version, saved?.previous, saved?.signature],
  )
  assert.deepEqual(await client.sign([item]), blocked)
})

test('a vault that never saw the newer state is told of it by the history', async () => {
  const { messageId, accountId } = await acceptOne()
  const [saved] = await world.database.query(
    'select * from postern.account_states where account_id = $1',
    [accountId],
  )
  await block(accountId)
  await world.database.query(
    `update postern.account_states set state = 'active', reason = null, version = $2, previous = $3, signature = $4 where account_id = $1`,
    [accountId, saved?.version, saved?.previous, saved?.signature],
  )
  const fresh = await testVault(world.database, world.vault.rootKey)
  const ticket = await world.database.ticket('deliver')
  const sql = openPool(world.database.logins.deliver, { connectionsMax: 1 })
  await sql`select message_id from postern.claim_deliveries(${ticket}, 100, 60, ${[]}::bytea[], 1, ${0}::smallint, ${first}::uuid)`
  await sql.end()
  const client = fresh.client('deliver', ticket)
  await client.openLeased([{ accountId, messageId }])
  const item = { messageId, domain: 'postern.localhost', headers, bodyHash: Buffer.alloc(32) }
  assert.deepEqual(await client.sign([item]), [{ refused: 'account_blocked' }])
  await fresh.end()
})

async function block(accountId: string): Promise<void> {
  const { signed } = await world.operator.authorise(
    { operatorToken: '' },
    { kind: 'account_state', accountId, change: { state: 'blocked', reason: 'abuse' } },
  )
  await world.ops`select postern.ops_store_authority(${tokenProof(world.database.operatorToken)}, ${JSON.stringify(signed)}::jsonb, 'account.block', null)`
}

test('a forged credential is no credential', async () => {
  const { accountId, apiKey } = await acceptOne()
  const forged = randomBytes(32)
  await world.database.query(
    `insert into postern.credentials
     select lane, account_id, gen_random_uuid(), 1, sha256($2), permission, domain_id, created_at, expires_at, revoked_at, name_sealed, previous, signature
       from postern.credentials where account_id = $1`,
    [accountId, forged],
  )
  await assert.rejects(world.api.vault.accountKeys(forged), isRefusal('invalid_key'))
  await assert.doesNotReject(world.api.vault.accountKeys(tokenProof(apiKey)))
})

test('a domain written as verified by someone else is not signed for', async () => {
  const { messageId, accountId, apiKey } = await acceptOne()
  const domainId = '0190a0b0-0000-7000-8000-000000000001'
  const made = await world.api.vault.authorise(
    { h1: tokenProof(apiKey) },
    { kind: 'create_domain', domainId, name: 'forged.example' },
  )
  await insertDomain(world.api.sql, tokenProof(apiKey), {
    signed: made.signed,
    region: 'us-east-1',
    returnPath: 'send',
    tls: 'opportunistic',
    signingKeys: signingKeyRows(made),
  })
  await world.database.query(
    "update postern.domain_states set status = 'verified' where domain_id = $1",
    [domainId],
  )
  const { client } = await deliverWithClaims()
  await client.openLeased([{ accountId, messageId }])
  const item = {
    messageId,
    domain: 'forged.example',
    headers: headers.replace('postern.localhost', 'forged.example'),
    bodyHash: Buffer.alloc(32),
  }
  assert.deepEqual(await client.sign([item]), [{ refused: 'domain_untrusted' }])
})

test('a key that may only send changes no authority', async () => {
  const { apiKey } = await acceptOne()
  const full = tokenProof(apiKey)
  const change = {
    kind: 'create_credential' as const,
    credential: {
      id: '0190a0b0-0000-7000-8000-000000000002',
      h2: '00'.repeat(32),
      permission: 'full_access' as const,
      domainId: null,
      expiresAt: null,
    },
  }
  await assert.doesNotReject(world.api.vault.authorise({ h1: full }, change))
  for (const options of [
    { domainIds: ['0190a0b0-0000-7000-8000-000000000003'] },
    { signatureKey: 'AAAA' },
    { signatureKey: '' },
  ]) {
    const wrong = { ...change, credential: { ...change.credential, options } }
    await assert.rejects(world.api.vault.authorise({ h1: full }, wrong), isRefusal('invalid_input'))
  }
  await assert.rejects(
    world.api.vault.authorise({ h1: randomBytes(32) }, change),
    isRefusal('invalid_key'),
  )
  await assert.rejects(
    world.api.vault.authorise(
      { h1: full },
      { kind: 'account_state', accountId: first, change: { state: 'active' } },
    ),
    isRefusal('not_permitted'),
  )
})

test('another root key does not open the installation', async () => {
  await assert.rejects(testVault(world.database, randomBytes(32)), { name: 'KeyMismatch' })
})

const intrusions: Record<string, Buffer<ArrayBufferLike>> = {
  'an operation before the greeting': encodeFrame({
    code: operations.sign,
    requestId: 1,
    body: Buffer.alloc(0),
  }),
  'an unknown operation': encodeFrame({ code: 77, requestId: 1, body: Buffer.alloc(0) }),
  'a frame longer than allowed': Buffer.from('ffffffff0100000001', 'hex'),
  'an unknown ticket': greeting('api', randomBytes(32).toString('base64url')),
  'an unknown role': greeting('root', randomBytes(32).toString('base64url')),
  'a wrong operator token': greeting('operator', 'pst_op_guess'),
  'a greeting that is not JSON': encodeFrame({
    code: operations.hello,
    requestId: 1,
    body: Buffer.from('{'),
  }),
}

function greeting(role: string, proof: string): Buffer {
  return encodeFrame({ code: operations.hello, requestId: 1, body: jsonBody({ role, proof }) })
}

for (const [intrusion, bytes] of Object.entries(intrusions)) {
  test(`${intrusion} ends the connection with an alarm and without an answer`, async () => {
    const before = world.vault.logged.length
    const socket = connect(world.vault.socket)
    let answered = 0
    socket.on('data', (chunk) => {
      answered += chunk.length
    })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(bytes)
    await closed
    assert.equal(answered, 0)
    assert.ok(world.vault.logged.slice(before).some(([event]) => event.startsWith('alarm')))
  })
}

test('a process may use only the operations of its role', async () => {
  const jobs = world.vault.client('jobs', await world.database.ticket('jobs'))
  await assert.rejects(jobs.openFor(randomBytes(32), []), isRefusal('unavailable'))
  assert.ok(
    world.vault.logged.some(
      ([event, fields]) =>
        event.startsWith('alarm') && fields.reason === 'operation of another role',
    ),
  )
})

test('smtp is given the keys a door seals with, and can open nothing', async () => {
  const smtp = world.vault.client('smtp', await world.database.ticket('smtp'))
  const { destinationKey, returnPathKey, fileKey } = await smtp.keys()
  assert.ok(destinationKey)
  assert.deepEqual([returnPathKey, fileKey], [null, null])
  const { h1, accountId } = await world.sender((await world.addAccount()).apiKey)
  assert.equal((await smtp.accountKeys(h1)).accountId, accountId)
  await assert.rejects(smtp.openFor(h1, []), isRefusal('unavailable'))
  await assert.rejects(
    smtp.authorise({ h1 }, { kind: 'revoke_credential', credentialId: accountId }),
  )
})

test('console opens with the proof of who asks, and neither signs nor opens what is leased or linked', async () => {
  const ticket = await world.database.ticket('console')
  const { destinationKey, returnPathKey, fileKey } = await world.vault
    .client('console', ticket)
    .keys()
  assert.ok(destinationKey)
  assert.deepEqual([returnPathKey, fileKey], [null, null])
  const { h1 } = await world.sender((await world.addAccount()).apiKey)
  assert.deepEqual(await world.vault.client('console', ticket).openFor(h1, []), [])
  const others = [
    (client: VaultClient) => client.openLink(randomBytes(32)),
    (client: VaultClient) => client.openLeased([]),
    (client: VaultClient) => client.sign([]),
    (client: VaultClient) => client.openAttachments([]),
  ]
  // Each ends its connection.
  for (const ask of others) {
    await assert.rejects(ask(world.vault.client('console', ticket)), isRefusal('unavailable'))
  }
})

test('the operator gets the keys of an account with an API key of it, and of no other', async () => {
  const { id, apiKey } = await world.addAccount()
  const { accountId } = await world.operator.accountKeys(tokenProof(apiKey))
  assert.equal(accountId, id)
  const operatorProof = tokenProof(world.database.operatorToken)
  await assert.rejects(world.operator.accountKeys(operatorProof), isRefusal('invalid_key'))
})

test('ledger lines get their place in the tree and a signed checkpoint', async () => {
  await acceptOne()
  await waitFor(
    async () => {
      const [row] = await world.database.query<{ waiting: string; size: string }>(
        'select (select count(*) from postern.ledger where position is null) as waiting, (select max(tree_size) from postern.checkpoints) as size',
      )
      return row?.waiting === '0' && Number(row.size) > 0
    },
    { what: 'all lines to be placed' },
  )
})

function isRefusal(code: string) {
  return (error: unknown) => error instanceof Refusal && error.code === code
}
