/** The networks an account lets its keys and its people in from: the doors ask, and the database asks again. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createCredential } from '../../src/core/credentials/create-credential.ts'
import { findSender } from '../../src/core/messages/accept-queries.ts'
import { OutsideNetworks, Senders } from '../../src/core/messages/sender.ts'
import { setPolicy } from '../../src/core/people/members.ts'
import { beginSession } from '../../src/lib/seal.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { ownerWithTotp, type TestPeople, testPeople } from './people-support.ts'

let people: TestPeople
let owner: Awaited<ReturnType<typeof ownerWithTotp>>
let token: string

before(async () => {
  people = await testPeople()
  owner = await ownerWithTotp(people)
  const { asking } = owner
  const { keyVersion, publicKey } = await people.deps.vault.accountKeys(asking.h1)
  const session = beginSession({ accountId: people.accountId, keyVersion, publicKey })
  const vault = people.vault.client('console', people.deps.ticket)
  const key = { name: 'Program', permission: 'full_access' as const, domainId: null }
  const made = await createCredential({ ...people.deps, vault }, { h1: asking.h1, session }, key)
  token = made.token
  const networks = { api: ['192.0.2.0/24', '2001:db8::/32'], smtp: ['198.51.100.0/24'] }
  await setPolicy(people.deps, asking, { networks })
})
after(() => people.end())

function sendersAt(door: 'api' | 'smtp'): Senders {
  const { sql, clock } = people.deps
  const vault = people.vault.client('console', people.deps.ticket)
  const alarm = () => assert.fail('no row is forged here')
  const onCanary = () => assert.fail('no canary is used here')
  const check = people.vault.check()
  return new Senders({ sql, vault, clock, check, sandbox: true, door, alarm, onCanary })
}

test('each door lets a key in from its own networks only', async () => {
  const api = sendersAt('api')
  for (const address of ['192.0.2.7', '2001:db8::7', '::ffff:192.0.2.7']) {
    assert.equal((await api.find(token, address)).accountId, people.accountId)
  }
  for (const address of ['198.51.100.1', '::1', '2001:db9::1']) {
    await assert.rejects(api.find(token, address), (error) => error instanceof OutsideNetworks)
  }
  const smtp = sendersAt('smtp')
  await smtp.find(token, '198.51.100.1')
  await assert.rejects(smtp.find(token, '192.0.2.7'), (error) => error instanceof OutsideNetworks)
})

test('the answer to who is outside is that to an unknown key', async () => {
  const api = sendersAt('api')
  const messageOf = (shown: string) =>
    api.find(shown, '198.51.100.1').then(
      () => assert.fail('nobody is let in'),
      (error: Error & { code?: string }) => [error.code, error.message],
    )
  const unknown = `${token.slice(0, 9)}${'A'.repeat(36)}`
  assert.deepEqual(await messageOf(token), await messageOf(unknown))
})

test('the database says so by itself, whatever the door thinks', async () => {
  const at = async (clientAddress: string) =>
    (await findSender(people.deps.sql, tokenProof(token), { door: 'api', clientAddress }))?.outside
  assert.equal(await at('192.0.2.7'), false)
  assert.equal(await at('::ffff:192.0.2.7'), false)
  assert.equal(await at('fe80::1%eth0'), true)
  assert.equal(await at('198.51.100.1'), true)
})

test('the session of a person is no API key', async () => {
  const asked = { door: 'api' as const, clientAddress: '192.0.2.7' }
  assert.equal(await findSender(people.deps.sql, owner.asking.h1, asked), undefined)
})
