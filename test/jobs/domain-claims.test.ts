import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { DomainChecks, openDomainChecksStore } from '../../src/jobs/domain-checks.ts'
import {
  DomainClaims,
  type DomainClaimsDeps,
  openDomainClaimsStore,
} from '../../src/jobs/domain-claims.ts'
import { makeRecordLookup } from '../../src/jobs/record-lookup.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { type RunningApi, startApi, type TestAccount } from '../api/running-api.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { silentLog } from '../support/vault.ts'

let api: RunningApi
let dns: DnsServer
let sql: Pool
let deps: DomainClaimsDeps
let claims: DomainClaims
let checks: DomainChecks

before(async () => {
  api = await startApi()
  dns = await startDnsServer()
  const ticket = await api.database.ticket('jobs')
  sql = openPool(api.database.logins.jobs, { connectionsMax: 2 })
  const shared = {
    vault: api.vault.client('jobs', ticket),
    lookUp: makeRecordLookup({ host: '127.0.0.1', port: dns.port }, { timeoutMs: 200 }),
    clock: systemClock,
    log: silentLog,
  }
  deps = { ...shared, store: openDomainClaimsStore(sql, ticket) }
  claims = new DomainClaims(deps)
  checks = new DomainChecks({
    ...shared,
    store: openDomainChecksStore(sql, ticket),
    hostname: 'mail.postern.test',
    random: () => 0.5,
  })
})
after(async () => {
  await sql.end()
  await dns.stop()
  await api.end()
})
beforeEach(() => {
  dns.zone = {}
})

test('whoever proves a name in DNS takes it, and sends once the own keys are published', async () => {
  const held = await hold('moved.test')
  const { claim, domain } = await claimName('moved.test')
  assert.equal(domain.status, 'not_started')
  assert.notEqual(domain.records[0]!.value, held.records[0]!.value)
  await verify(claim.domain_id)
  assert.equal((await getClaim(claim.domain_id)).status, 'pending')
  prove(claim)
  await verify(claim.domain_id)
  assert.equal((await getClaim(claim.domain_id)).status, 'completed')
  assert.equal(await stateOf(held.id), 'failed')

  // The holder's keys still stand in DNS: they bring nothing back.
  await api.call('POST', `/domains/${held.id}/verify`)
  await checks.run()
  assert.notEqual(await stateOf(held.id), 'verified')
  assert.notEqual(await stateOf(domain.id), 'verified')

  dns.zone = {}
  publish(domain)
  await api.call('POST', `/domains/${domain.id}/verify`, { key: api.second.apiKey })
  await checks.run()
  assert.equal(await stateOf(domain.id), 'verified')
})

test('a name that nobody holds is answered the same, and free once it is proved', async () => {
  await hold('taken.test')
  const answers = [await claimName('taken.test'), await claimName('free.test')]
  const [taken, free] = answers.map(({ claim }) => Object.keys(claim).sort())
  assert.deepEqual(taken, free)
  for (const { claim } of answers) await verify(claim.domain_id)
  const [one, other] = await Promise.all(answers.map(({ claim }) => getClaim(claim.domain_id)))
  assert.deepEqual([one!.status, one!.blocked_reason], [other!.status, other!.blocked_reason])
  prove(answers[1]!.claim)
  await verify(answers[1]!.claim.domain_id)
  assert.equal((await getClaim(answers[1]!.claim.domain_id)).status, 'completed')
})

test('a claim that runs is answered again, and its domain is not made twice', async () => {
  const first = await claimName('again.test')
  const second = await call('POST', '/domains/claim', { name: 'again.test' })
  assert.deepEqual([second.status, second.body], [200, first.claim])
})

for (const [reason, prepare] of [
  [
    'grace_period',
    (id: string) =>
      `update postern.authority_history set created_at = now() - interval '1 day' where object_id = '${id}'`,
  ],
  [
    'recent_owner_activity',
    (id: string) =>
      `update postern.domains set last_used_at = now() - interval '6 days' where id = '${id}'`,
  ],
] as const) {
  test(`a name is not taken from its holder: ${reason}`, async () => {
    const name = `${reason.replaceAll('_', '-')}.test`
    const held = await hold(name)
    await api.database.query(prepare(held.id))
    const { claim } = await claimName(name)
    prove(claim)
    await verify(claim.domain_id)
    const { status, blocked_reason: blocked } = await getClaim(claim.domain_id)
    assert.deepEqual([status, blocked], ['blocked', reason])
    assert.equal(await stateOf(held.id), 'verified')
    await age(held.id)
    await api.database.query('update postern.domains set last_used_at = null where id = $1', [
      held.id,
    ])
    await verify(claim.domain_id)
    assert.equal((await getClaim(claim.domain_id)).status, 'completed')
  })
}

test('a name is not taken from its holder while messages wait for their time', async () => {
  const held = await hold('scheduled.test')
  const sent = await api.call('POST', '/emails', {
    body: { from: 'a@scheduled.test', to: 'b@example.test', subject: 'Hello', text: 'Hello' },
  })
  assert.equal(sent.status, 200)
  await api.database.query(
    `update postern.messages set scheduled_at = now() + interval '2 days' where id = $1`,
    [sent.body.id],
  )
  await api.database.query(
    `update postern.deliveries set ready = false, due_at = now() + interval '2 days' where message_id = $1`,
    [sent.body.id],
  )
  await api.database.query(
    `update postern.domains set last_used_at = now() - interval '8 days' where id = $1`,
    [held.id],
  )
  const { claim } = await claimName('scheduled.test')
  prove(claim)
  await verify(claim.domain_id)
  assert.equal((await getClaim(claim.domain_id)).blocked_reason, 'pending_scheduled_emails')
})

test('sending notes that the domain is in use', async () => {
  const held = await hold('used.test')
  await api.call('POST', '/emails', {
    body: { from: 'a@used.test', to: 'b@example.test', subject: 'Hello', text: 'Hello' },
  })
  const [row] = await api.database.query<{ used: boolean }>(
    `select last_used_at > now() - interval '1 minute' as used from postern.domains where id = $1`,
    [held.id],
  )
  assert.equal(row?.used, true)
})

test('a claim ends with its time, and with its domain', async () => {
  const expiring = await claimName('expired.test')
  prove(expiring.claim)
  await api.database.query(
    `update postern.domain_claims set expires_at = now() - interval '1 second' where id = $1`,
    [expiring.claim.id],
  )
  await claims.run()
  assert.equal((await getClaim(expiring.claim.domain_id)).status, 'expired')
  const anew = await call('POST', '/domains/claim', { name: 'expired.test' })
  assert.equal(anew.status, 201)
  assert.notEqual(anew.body.record.value, expiring.claim.record.value)

  await call('DELETE', `/domains/${anew.body.domain_id}`)
  const canceled = await call('GET', `/domains/${anew.body.domain_id}/claim`)
  assert.deepEqual([canceled.status, canceled.body.status], [200, 'canceled'])
})

test('an account claims nothing that it has verified, and reads no claim of another', async () => {
  const held = await hold('own.test')
  const own = await call('POST', '/domains/claim', { name: 'own.test' }, api.first)
  assert.equal(own.status, 403)
  const { claim } = await claimName('other.test')
  for (const [method, path] of [
    ['GET', 'claim'],
    ['POST', 'claim/verify'],
  ] as const) {
    const foreign = await call(method, `/domains/${claim.domain_id}/${path}`, undefined, api.first)
    assert.equal(foreign.status, 404)
    assert.equal((await call(method, `/domains/${held.id}/${path}`)).status, 404)
  }
  assert.equal((await call('POST', '/domains/claim', { name: 'co.uk' })).status, 422)
})

test('a claim that is looked at once is looked at again after some minutes', async () => {
  const { claim } = await claimName('slow.test')
  await verify(claim.domain_id)
  assert.equal(await claims.run(), 0)
  prove(claim)
  await api.database.query(
    `update postern.domain_claims set checked_at = now() - interval '11 minutes' where id = $1`,
    [claim.id],
  )
  assert.equal(await claims.run(), 1)
  assert.equal((await getClaim(claim.domain_id)).status, 'completed')
})

test('while vault is away a claim stays due, and one that fails for itself is put off', async () => {
  await hold('waiting.test')
  const { claim } = await claimName('waiting.test')
  prove(claim)
  await call('POST', `/domains/${claim.domain_id}/claim/verify`)
  const refuse = (code: 'unavailable' | 'not_permitted') =>
    new DomainClaims({
      ...deps,
      vault: { authorise: () => Promise.reject(new Refusal(code, 'vault says no')) },
    })
  await assert.rejects(refuse('unavailable').run(), Refusal)
  assert.equal(await refuse('not_permitted').run(), 1)
  assert.equal((await getClaim(claim.domain_id)).status, 'pending')
  assert.equal(await claims.run(), 0)
})

test('every step of a claim leaves its line in the ledger', async () => {
  const held = await hold('ledger.test')
  const { claim } = await claimName('ledger.test')
  prove(claim)
  await verify(claim.domain_id)
  const lines = await api.database.query<{ action: string }>(
    'select action from postern.ledger where object_id = any($1) order by id',
    [[held.id, claim.domain_id, claim.id]],
  )
  assert.deepEqual(
    lines.map(({ action }) => action),
    [
      'domain.create',
      'domain.change',
      'domain.create',
      'claim.create',
      'domain.change',
      'claim.completed',
    ],
  )
})

interface DomainBody {
  id: string
  name: string
  status: string
  records: { type: string; name: string; value: string; priority?: number }[]
}

interface ClaimBody {
  id: string
  status: string
  blocked_reason: string | null
  domain_id: string
  record: { name: string; value: string }
}

/** As the second account, unless another is named. */
function call(method: string, path: string, body?: unknown, account: TestAccount = api.second) {
  return api.call(method, path, { key: account.apiKey, ...(body !== undefined && { body }) })
}

/** A domain that the first account has verified some time ago and not used since. */
async function hold(name: string): Promise<DomainBody> {
  const { body } = await api.call('POST', '/domains', { body: { name } })
  publish(body)
  await api.call('POST', `/domains/${body.id}/verify`)
  await checks.run()
  assert.equal(await stateOf(body.id), 'verified')
  await age(body.id)
  return body
}

async function age(domainId: string): Promise<void> {
  await api.database.query(
    `update postern.authority_history set created_at = now() - interval '10 days' where object_id = $1`,
    [domainId],
  )
}

async function claimName(name: string): Promise<{ claim: ClaimBody; domain: DomainBody }> {
  const { status, body } = await call('POST', '/domains/claim', { name })
  assert.equal(status, 201, JSON.stringify(body))
  return { claim: body, domain: (await call('GET', `/domains/${body.domain_id}`)).body }
}

async function verify(domainId: string): Promise<void> {
  assert.equal((await call('POST', `/domains/${domainId}/claim/verify`)).status, 200)
  await claims.run()
}

async function getClaim(domainId: string): Promise<ClaimBody> {
  return (await call('GET', `/domains/${domainId}/claim`)).body
}

function prove({ record }: ClaimBody): void {
  dns.zone[record.name] = { TXT: ['v=spf1 -all', record.value] }
}

function publish({ name: domain, records }: DomainBody): void {
  for (const record of records) {
    const name = `${record.name}.${domain}`
    const entry = dns.zone[name] ?? {}
    dns.zone[name] = entry
    if (record.type === 'MX') entry.MX = [{ priority: 10, exchange: record.value }]
    else entry.TXT = [record.value]
  }
}

async function stateOf(domainId: string): Promise<string> {
  const [row] = await api.database.query<{ status: string }>(
    'select status from postern.domain_states where domain_id = $1',
    [domainId],
  )
  return row!.status
}
