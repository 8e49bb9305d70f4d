/** The account's own lines of the ledger: listed, proved and exported, over a real vault and database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { exportLedger, proveLine } from '../../src/core/ledger/export.ts'
import { listLedgerHashes } from '../../src/core/ledger/export-queries.ts'
import { rootByPath } from '../../src/core/ledger/inclusion.ts'
import { verifyExport } from '../../src/core/ledger/verify-export.ts'
import { listAudit } from '../../src/core/people/audit-queries.ts'
import { becomePerson } from '../../src/core/people/links.ts'
import { stepUp } from '../../src/core/people/sign-in.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  nextCode,
  ownerWithTotp,
  password,
  signedIn,
  type TestPeople,
  testPeople,
} from './people-support.ts'

let people: TestPeople
let owner: Awaited<ReturnType<typeof ownerWithTotp>>
let deps: Parameters<typeof exportLedger>[0]
const everything = { from: null, to: null }
const anyLine: Parameters<typeof listAudit>[2] = {
  before: null,
  action: null,
  actor: null,
  changesOnly: false,
  from: null,
  to: null,
  rowLimit: 50,
}

before(async () => {
  people = await testPeople()
  owner = await ownerWithTotp(people)
  deps = { sql: people.deps.sql, clock: people.clock, authorityKey: people.vault.publicKey }
})
after(() => people.end())

async function allPlaced(): Promise<void> {
  await waitFor(
    async () => {
      const [row] = await people.database.query(
        'select count(*)::integer as n from postern.ledger where position is null',
      )
      return row?.n === 0
    },
    { what: 'vault to place every line' },
  )
}

async function exported(h1 = owner.asking.h1): Promise<Buffer> {
  let text = ''
  for await (const part of await exportLedger(deps, h1, everything)) text += part
  return Buffer.from(text)
}

/** Lines of nobody's account, as an instance has many. */
async function grow(lines: number): Promise<void> {
  await people.database.query(
    `insert into postern.ledger (process, actor_kind, actor_id, action, object_kind, object_count, objects_hash)
     select 'cli', 'operator', 'operator', 'sessions.end', 'epoch', 1, '' from generate_series(1, ${lines})`,
  )
  await allPlaced()
}

test('lines are found by noun, by action and by who did it', async () => {
  const { h1, userId } = owner.asking
  const actions = async (wanted: Partial<typeof anyLine>) =>
    (await listAudit(deps.sql, h1, { ...anyLine, ...wanted })).map(({ action }) => action)
  const factors = await actions({ action: 'factor' })
  assert.deepEqual(factors, ['factor.create'])
  assert.deepEqual(await actions({ action: 'factor.create' }), ['factor.create'])
  assert.deepEqual(await actions({ action: 'f%' }), [])
  const own = await listAudit(deps.sql, h1, { ...anyLine, actor: userId })
  assert.ok(own.length > 0 && own.every(({ actorUser }) => actorUser === userId))
  const nobody = { ...anyLine, actor: '0197a1b2-0000-7000-8000-000000000001' }
  assert.deepEqual(await listAudit(deps.sql, h1, nobody), [])
})

test('an export holds the account’s own lines alone, each proved, and says so itself', async () => {
  await people.makeAccount('Neighbour')
  await allPlaced()
  const file = await exported()
  const report = verifyExport(file, people.vault.publicKey)
  assert.equal(report.fault, null)
  assert.equal(report.isWhole, true)
  assert.equal(report.accountId, people.accountId)
  assert.equal(report.key?.from, 'given')
  const [{ n } = { n: 0 }] = await people.database.query(
    `select count(*)::integer as n from postern.ledger where account_id = '${people.accountId}' and action <> 'audit.export'`,
  )
  assert.equal(report.lines, n)
  const [line] = await listAudit(deps.sql, owner.asking.h1, { ...anyLine, rowLimit: 1 })
  assert.equal(line?.action, 'audit.export')
})

test('one changed byte anywhere is found, and in a line it is found there', async () => {
  await allPlaced()
  const file = await exported()
  const rows = file.toString('utf8').split('\n')
  let at = 0
  for (const [index, row] of rows.entries()) {
    // Each byte would be best; some of every line are enough.
    for (const step of [1, row.length >> 1, row.length - 3]) {
      const place = at + step
      if (step < 0 || place >= file.length) continue
      const changed = Buffer.from(file)
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place)
      const { fault } = verifyExport(changed, people.vault.publicKey)
      assert.notEqual(fault, null, `byte ${place}`)
      if (index > 0 && index < rows.length - 2) assert.equal(fault?.at, index + 1)
    }
    at += row.length + 1
  }
})

test('a line more, a line less, other lines and another key are found', async () => {
  await allPlaced()
  const rows = (await exported()).toString('utf8').split('\n')
  const faultOf = (changed: string[], key = people.vault.publicKey) =>
    verifyExport(Buffer.from(changed.join('\n')), key).fault
  assert.match(faultOf(rows.toSpliced(2, 1))?.reason ?? '', /lines and says/)
  assert.match(faultOf(rows.toSpliced(2, 0, rows[1] ?? ''))?.reason ?? '', /lines and says/)
  assert.match(faultOf(rows.slice(0, -2))?.reason ?? '', /cut off/)
  assert.match(faultOf(rows, Buffer.alloc(32, 7))?.reason ?? '', /not signed by the key/)
  assert.match(faultOf([])?.reason ?? '', /first line/)
})

test('only what is new takes hashing: complete subtrees are stored and proofs are made of them', async () => {
  const { h1 } = owner.asking
  await grow(600)
  const nodes = () => listLedgerHashes(deps.sql, h1, { level: 8, first: 0, count: 256 })
  await waitFor(async () => (await nodes()).length >= 2, { what: 'nodes to be stored' })
  const stored = await nodes()
  const file = await exported()
  assert.equal(verifyExport(file, people.vault.publicKey).fault, null)
  // A ledger from before nodes were kept: vault makes up for it, and until then they are made of the lines.
  await people.database.query('delete from postern.ledger_nodes')
  assert.equal(verifyExport(await exported(), people.vault.publicKey).fault, null)
  await grow(256)
  await waitFor(async () => (await nodes()).length > stored.length, {
    what: 'nodes to be made up for',
  })
  assert.deepEqual((await nodes()).slice(0, stored.length), stored)
})

test('a single line is proved against the first checkpoint over it', async () => {
  const { h1 } = owner.asking
  await allPlaced()
  const lines = await listAudit(deps.sql, h1, anyLine)
  const id = lines.at(-1)?.id ?? ''
  const proof = await proveLine(deps, h1, id)
  assert.ok(proof)
  const { line, position, path, checkpoint } = proof
  const { treeSize: size, root } = checkpoint
  assert.deepEqual(rootByPath(line, { position, size, path }), root)
  await assert.rejects(proveLine(deps, h1, '999999999'), /no such line/)
})

test('a ledger that was changed in the database is never exported as if it were genuine', async () => {
  const { h1 } = owner.asking
  await allPlaced()
  const [line] = await listAudit(deps.sql, h1, { ...anyLine, rowLimit: 1 })
  await people.database.query(
    `update postern.ledger set object_count = object_count + 1 where id = ${line?.id}`,
  )
  await assert.rejects(exported(), /not what was signed/)
  await people.database.query(
    `update postern.ledger set object_count = object_count - 1 where id = ${line?.id}`,
  )
  assert.equal(verifyExport(await exported(), people.vault.publicKey).fault, null)
})

test('an export takes a fresh factor, and another account sees nothing of this one', async () => {
  const otherId = await people.makeAccount('Other')
  const email = 'bob@example.com'
  await becomePerson(people.deps, await people.ownerLink(otherId), { name: 'Bob', email, password })
  const enrolling = await signedIn(people, { email })
  assert.deepEqual(await listAudit(deps.sql, enrolling.h1, anyLine), [])
  await assert.rejects(exportLedger(deps, enrolling.h1, everything), /checkpoint|fresh factor/)
  const [line] = await listAudit(deps.sql, owner.asking.h1, { ...anyLine, rowLimit: 1 })
  await assert.rejects(proveLine(deps, enrolling.h1, line?.id ?? ''), /no such line/)
  const { h1 } = owner.asking
  await people.database.query(
    `update postern.credentials
        set options = jsonb_set(options, '{session,steppedUpAt}', '1')
      where h2 = sha256('\\x${h1.toString('hex')}')`,
  )
  await assert.rejects(exported(), /fresh factor/)
  await assert.rejects(
    stepUp(people.deps, h1, { type: 'totp', code: nextCode(owner.secret, people.clock) }),
  )
})
