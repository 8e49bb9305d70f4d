import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { privilegeFaults } from './privileges.ts'

let database: TestDatabase
before(async () => {
  database = await testDatabase()
})
after(() => database.drop())

test('the privileges in force are exactly those of grants.sql', async () => {
  assert.deepEqual(await privilegeFaults(database), [])
})

/** Each defence taken away in turn: the comparison must see it. */
const breaches: Record<string, { take: string; give: string }> = {
  'a policy dropped': {
    take: 'drop policy owner on postern.messages',
    give: 'create policy owner on postern.messages to postern_owner using (true) with check (true)',
  },
  'a policy opened to a runtime role': {
    take: 'create policy more on postern.messages to postern_api using (true)',
    give: 'drop policy more on postern.messages',
  },
  'row security no longer forced': {
    take: 'alter table postern.contents no force row level security',
    give: 'alter table postern.contents force row level security',
  },
  'a table privilege granted': {
    take: 'grant select on postern.credentials to postern_api',
    give: 'revoke select on postern.credentials from postern_api',
  },
  'a column privilege granted': {
    take: 'grant update (state) on postern.account_states to postern_ops',
    give: 'revoke update (state) on postern.account_states from postern_ops',
  },
  'a function granted to another role': {
    take: 'grant execute on function postern.claim_deliveries to postern_api',
    give: 'revoke execute on function postern.claim_deliveries from postern_api',
  },
  'an inner function opened': {
    take: 'grant execute on function private.store_authority to postern_jobs',
    give: 'revoke execute on function private.store_authority from postern_jobs',
  },
  'a search_path unpinned': {
    take: 'alter function postern.accept_messages reset search_path',
    give: 'alter function postern.accept_messages set search_path = postern, private, pg_temp',
  },
  'a function given to a login directly': {
    take: 'grant select on postern.ledger to postern_vault_a',
    give: 'revoke select on postern.ledger from postern_vault_a',
  },
}

for (const [breach, { take, give }] of Object.entries(breaches)) {
  test(`${breach} is found`, async () => {
    await database.query(take)
    try {
      assert.notDeepEqual(await privilegeFaults(database), [])
    } finally {
      await database.query(give)
    }
  })
}
