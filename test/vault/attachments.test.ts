/** Attachments have keys of their own: deliver opens those it has leased, jobs one it is to fetch, a link the one it names. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { unpackDescription } from '../../src/core/attachments/description.ts'
import type { SignedRow } from '../../src/core/authority/signed-row.ts'
import { claimDeliveries, listClaimedAttachments } from '../../src/core/deliveries/queries.ts'
import { openPool } from '../../src/db/sql.ts'
import { attachmentKey, sealClass, secretKey, unseal } from '../../src/lib/seal.ts'
import { storedHash, tokenProof } from '../../src/lib/token.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { draft, type Seeded, seeded } from '../support/seeded.ts'

let world: Seeded
before(async () => {
  world = await seeded()
})
after(() => world.end())

const first = '00000000-0000-0000-0000-000000000000'
const described = {
  filename: 'invoice.pdf',
  contentType: 'application/pdf',
  contentId: null,
  disposition: 'attachment' as const,
}
const bytes = Buffer.from('%PDF-1.7 of a kind')

interface Sent {
  accountId: string
  apiKey: string
  messageId: string
  attachmentId: string
}

async function acceptWithAttachment(url?: string): Promise<Sent> {
  const { id: accountId, apiKey } = await world.addAccount()
  const description = url === undefined ? described : { ...described, url }
  const attachments = [{ description, bytes: url === undefined ? bytes : null }]
  const one = { ...draft(['bob@example.com']), attachments }
  const [messageId] = await world.api.door.accept(await world.sender(apiKey), [one], null)
  const [row] = await world.database.query<{ id: string }>(
    'select id from postern.attachments where message_id = $1',
    [messageId],
  )
  assert.ok(messageId && row)
  return { accountId, apiKey, messageId, attachmentId: row.id }
}

/** What a deliver process gets of the message it claims, or of one it does not hold. */
async function claimedAttachments({ accountId, messageId }: Sent, isClaimed: boolean) {
  const ticket = await world.database.ticket('deliver')
  const sql = openPool(world.database.logins.deliver, { connectionsMax: 1 })
  const cursor = { lane: 0, accountId: first }
  const wish = { limit: 100, leaseSeconds: 60, busy: [], inlineBytesMax: 1_000, cursor }
  if (isClaimed) await claimDeliveries(sql, ticket, wish)
  const rows = await listClaimedAttachments(sql, ticket, { accountId, messageId })
  await sql.end()
  const client = world.vault.client('deliver', ticket)
  const [key] = isClaimed ? await client.openLeased([{ accountId, messageId }]) : [null]
  return { rows, key }
}

test('deliver opens the attachments of a message it has leased', async () => {
  const sent = await acceptWithAttachment()
  const { rows, key } = await claimedAttachments(sent, true)
  const [row] = rows
  assert.ok(row && key && rows.length === 1)
  const own = secretKey(attachmentKey(secretKey(key), row.id))
  const name = { accountId: sent.accountId, recordId: row.id }
  const opened = unseal(own, { ...name, class: sealClass.attachment }, row.contentSealed)
  assert.deepEqual(opened, bytes)
  const description = unpackDescription(
    unseal(own, { ...name, class: sealClass.attachmentDescription }, row.descriptionSealed),
  )
  assert.deepEqual(description, described)
})

test('deliver gets no attachments of a message it has not leased', async () => {
  const sent = await acceptWithAttachment()
  const { rows } = await claimedAttachments(sent, false)
  assert.deepEqual(rows, [])
})

test('a message whose attachment is still to be fetched is not claimed', async () => {
  const { messageId } = await acceptWithAttachment('https://files.example.com/invoice.pdf')
  const [row] = await world.database.query<{ ready: boolean; holds: string[] }>(
    'select ready, holds from postern.deliveries where message_id = $1',
    [messageId],
  )
  assert.deepEqual(row, { ready: false, holds: ['attachments'] })
})

test('jobs opens an attachment that is to be fetched, and no other', async () => {
  const waiting = await acceptWithAttachment('https://files.example.com/invoice.pdf')
  const stored = await acceptWithAttachment()
  const jobs = world.vault.client('jobs', await world.database.ticket('jobs'))
  const [key, none] = await jobs.openAttachments([waiting, stored])
  assert.equal(none, null)
  assert.ok(key)
  const [row] = await world.database.query<{ description_sealed: Buffer }>(
    'select description_sealed from postern.attachments where id = $1',
    [waiting.attachmentId],
  )
  const { accountId, attachmentId } = waiting
  const name = { accountId, recordId: attachmentId, class: sealClass.attachmentDescription }
  const opened = unseal(secretKey(key), name, row?.description_sealed ?? Buffer.alloc(0))
  assert.equal(unpackDescription(opened).url, 'https://files.example.com/invoice.pdf')
})

/** A link as a door makes it; `change` is what somebody else writes into the database afterwards. */
async function makeLink(
  { apiKey, messageId, attachmentId }: Sent,
  { lifeMs = 60_000, change = '' }: { lifeMs?: number; change?: string } = {},
): Promise<Buffer> {
  const h1 = randomBytes(32)
  const now = Date.now()
  const { signed } = await world.api.vault.authorise(
    { h1: tokenProof(apiKey) },
    {
      kind: 'create_link',
      link: {
        id: uuidv7(now),
        h2: storedHash(h1).toString('hex'),
        target: 'attachment',
        messageId,
        attachmentId,
        expiresAt: now + lifeMs,
      },
    },
  )
  const { columns, signature } = signed as SignedRow<'link'> // the kind asked for
  await world.database.query(
    `insert into postern.links (lane, account_id, id, h2, target, message_id, attachment_id, credential_id, created_at,
                                expires_at, signature)
     values (private.lane_of($1), $1, $2, $3, 'attachment', $4, $5, $6, private.from_epoch_ms($7),
             private.from_epoch_ms($8), $9)`,
    [
      columns.accountId,
      columns.id,
      storedHash(h1),
      messageId,
      attachmentId,
      columns.credentialId,
      columns.createdAt,
      columns.expiresAt,
      Buffer.from(signature, 'hex'),
    ],
  )
  if (change !== '') {
    await world.database.query(`update postern.links set ${change} where id = $1`, [columns.id])
  }
  return h1
}

test('a link opens the attachment it names and not its message', async () => {
  const sent = await acceptWithAttachment()
  const opened = await world.api.vault.openLink(await makeLink(sent))
  assert.ok(opened)
  assert.equal(opened.link.attachmentId, sent.attachmentId)
  const [row] = await world.database.query<{ content_sealed: Buffer; envelope_sealed: Buffer }>(
    `select a.content_sealed, m.envelope_sealed from postern.attachments a
       join postern.messages m on m.id = a.message_id where a.id = $1`,
    [sent.attachmentId],
  )
  assert.ok(row)
  const { accountId, attachmentId, messageId } = sent
  const name = { accountId, recordId: attachmentId, class: sealClass.attachment }
  assert.deepEqual(unseal(secretKey(opened.key), name, row.content_sealed), bytes)
  const envelope = { accountId, recordId: messageId, class: sealClass.envelope }
  assert.throws(() => unseal(secretKey(opened.key), envelope, row.envelope_sealed))
})

test('the opening of a link has its ledger line', async () => {
  const sent = await acceptWithAttachment()
  await world.api.vault.openLink(await makeLink(sent))
  const lines = await world.database.query(
    `select from postern.ledger where actor_kind = 'link' and object_id = $1`,
    [sent.attachmentId],
  )
  assert.equal(lines.length, 1)
})

const refusedLinks: Record<string, { lifeMs?: number; change?: string }> = {
  'that has expired': { lifeMs: -1 },
  'that was revoked': { change: 'revoked_at = now()' },
  'whose end was moved by hand': { lifeMs: -1, change: `expires_at = now() + interval '1 hour'` },
  'that was turned to the whole message by hand': {
    change: `target = 'message', attachment_id = null`,
  },
}
for (const [which, options] of Object.entries(refusedLinks)) {
  test(`a link ${which} opens nothing`, async () => {
    const sent = await acceptWithAttachment()
    assert.equal(await world.api.vault.openLink(await makeLink(sent, options)), null)
  })
}

test('an unknown link opens nothing', async () => {
  assert.equal(await world.api.vault.openLink(randomBytes(32)), null)
})

test('without a known key no link is made', async () => {
  const sent = await acceptWithAttachment()
  const h1 = randomBytes(32)
  await assert.rejects(
    world.api.vault.authorise(
      { h1 },
      {
        kind: 'create_link',
        link: {
          id: sent.messageId,
          h2: '00'.repeat(32),
          target: 'message',
          messageId: sent.messageId,
          attachmentId: null,
          expiresAt: Date.now(),
        },
      },
    ),
    { code: 'invalid_key' },
  )
})
