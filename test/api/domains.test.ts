import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let nowMs = Date.now()
before(async () => {
  api = await startApi({ clock: { now: () => nowMs }, sandbox: false })
})
after(() => api.end())

const unknownId = '0190a0a0-0000-7000-8000-000000000001'

test('a new domain answers the records its owner publishes, relative to the zone', async () => {
  const { status, body } = await api.call('POST', '/domains', {
    body: { name: 'Mail.Example.com', region: 'eu-west-1' },
  })
  assert.equal(status, 201)
  const { id, created_at: createdAt, next_check_at: nextAt, records, advice, ...rest } = body
  assert.ok(Date.parse(nextAt) > Date.now())
  assert.match(createdAt, /Z$/)
  assert.deepEqual(rest, {
    name: 'mail.example.com',
    status: 'not_started',
    region: 'eu-west-1',
    open_tracking: false,
    click_tracking: false,
    capabilities: { sending: 'enabled', receiving: 'disabled' },
    tls: 'opportunistic',
    ed25519: false,
    custom_return_path: 'send',
    checked_at: null,
    hint: null,
  })
  assert.equal(advice.dmarc.name, '_dmarc.mail')
  const shown = records.map((one: Record<string, unknown>) => [one.record, one.type, one.name])
  assert.deepEqual(shown, [
    ['DKIM', 'TXT', 'postern1._domainkey.mail'],
    ['DKIM', 'TXT', 'postern2._domainkey.mail'],
    ['SPF', 'MX', 'send.mail'],
    ['SPF', 'TXT', 'send.mail'],
  ])
  assert.match(records[0].value, /^p=MII[A-Za-z0-9+/]+=*$/)
  assert.notEqual(records[0].value, records[1].value)
  assert.equal(records[2].priority, 10)
  assert.deepEqual(new Set(records.map((one: { ttl: string }) => one.ttl)), new Set(['Auto']))

  const found = await api.call('GET', `/domains/${id}`)
  assert.equal(found.body.object, 'domain')
  assert.deepEqual(found.body.records, records)
  const list = await api.call('GET', '/domains')
  assert.equal(list.body.data[0].name, 'mail.example.com')
  assert.equal('records' in list.body.data[0], false)
})

test('a check that was asked for shows as pending until it was made', async () => {
  const { body } = await api.call('POST', '/domains', { body: { name: 'checked.example' } })
  const asked = await api.call('POST', `/domains/${body.id}/verify`, {
    headers: { 'content-type': 'application/json' },
  })
  assert.deepEqual([asked.status, asked.body], [200, { object: 'domain', id: body.id }])
  const found = await api.call('GET', `/domains/${body.id}`)
  assert.equal(found.body.status, 'pending')
  assert.equal(found.body.records[0].status, 'pending')
})

test('mail leaves from a domain once it is verified, and not from its subdomains', async () => {
  const { body } = await api.call('POST', '/domains', { body: { name: 'shop.example' } })
  const send = (from: string) => api.call('POST', '/emails', { body: email({ from }) })
  assert.equal((await send('a@shop.example')).status, 403)
  await api.verify(api.first, body.id)
  nowMs += 1_000
  assert.equal((await send('a@SHOP.example')).status, 200)
  assert.equal((await send('a@sub.shop.example')).status, 403)
  const foreign = await api.call('POST', '/emails', {
    key: api.second.apiKey,
    body: email({ from: 'a@shop.example' }),
  })
  assert.equal(foreign.status, 403)
  assert.equal((await api.call('GET', `/domains/${body.id}`)).body.status, 'verified')
})

test('a domain that was made verified by writing into the database counts for nothing', async () => {
  const { body } = await api.call('POST', '/domains', { body: { name: 'forged.example' } })
  await api.database.query(
    "update postern.domain_states set status = 'verified' where name = 'forged.example'",
  )
  nowMs += 1_000
  const sent = await api.call('POST', '/emails', { body: email({ from: 'a@forged.example' }) })
  assert.equal(sent.status, 403)
  assert.equal((await api.call('GET', `/domains/${body.id}`)).body.status, 'failed')
  assert.ok(api.logged.some(([event]) => event === 'alarm: authority row not signed by vault'))
})

test('the sandbox domain is nobody’s where mail goes into the world', async () => {
  assert.equal((await api.call('POST', '/emails', { body: email() })).status, 403)
})

test("another account's domain is not found, and neither is an unknown one", async () => {
  const { body } = await api.call('POST', '/domains', { body: { name: 'mine.example' } })
  for (const id of [body.id, unknownId]) {
    const found = await api.call('GET', `/domains/${id}`, { key: api.second.apiKey })
    assert.deepEqual([found.status, found.body.message], [404, 'Domain not found'])
    const asked = await api.call('POST', `/domains/${id}/verify`, { key: api.second.apiKey })
    assert.equal(asked.status, 404)
  }
  assert.equal((await api.call('GET', '/domains/x')).status, 422)
})

for (const [title, body, status] of [
  ['a name that is taken', { name: 'twice.example' }, 403],
  ['an address', { name: 'a@example.com' }, 422],
  ['a URL', { name: 'https://example.com/' }, 422],
  ['a public suffix', { name: 'co.uk' }, 422],
  ['the sandbox', { name: 'postern.localhost' }, 403],
  ['an unknown region', { name: 'x.example', region: 'moon' }, 422],
  ['a return path of two labels', { name: 'x.example', custom_return_path: 'a.b' }, 422],
  ['a return path that is no label', { name: 'x.example', custom_return_path: '-x' }, 422],
  ['open tracking', { name: 'x.example', open_tracking: true }, 422],
  ['click tracking', { name: 'x.example', click_tracking: true }, 422],
  ['a tracking subdomain', { name: 'x.example', tracking_subdomain: 'links' }, 422],
  ['TLS of another kind', { name: 'x.example', tls: 'strict' }, 422],
  ['sending switched off', { name: 'x.example', capabilities: { sending: 'disabled' } }, 422],
  ['receiving', { name: 'x.example', capabilities: { receiving: 'enabled' } }, 422],
  ['a status of its own', { name: 'x.example', status: 'verified' }, 422],
  ['verification of its own', { name: 'x.example', verified: true }, 422],
] as const) {
  test(`a domain is not added with ${title}`, async () => {
    nowMs += 1_000
    if (status === 403) await api.call('POST', '/domains', { body })
    const answer = await api.call('POST', '/domains', { body })
    assert.equal(answer.status, status, JSON.stringify(answer.body))
  })
}

test('values that say what is so anyway are accepted', async () => {
  const { status } = await api.call('POST', '/domains', {
    body: {
      name: 'plain.example',
      custom_return_path: 'send',
      open_tracking: false,
      click_tracking: false,
      tracking_subdomain: '',
      tls: 'opportunistic',
      capabilities: { sending: 'enabled', receiving: 'disabled' },
    },
  })
  assert.equal(status, 201)
})

test('a name in U-labels is added once, and shown both ways', async () => {
  const { status, body } = await api.call('POST', '/domains', { body: { name: 'Bücher.example' } })
  assert.equal(status, 201)
  assert.deepEqual([body.name, body.unicode_name], ['xn--bcher-kva.example', 'bücher.example'])
  const again = await api.call('POST', '/domains', { body: { name: 'xn--bcher-kva.example' } })
  assert.equal(again.status, 403)
})

test('TLS can be demanded and let go, and what cannot be kept changes nothing', async () => {
  const { body } = await api.call('POST', '/domains', {
    body: { name: 'secure.example', tls: 'enforced' },
  })
  assert.equal(body.tls, 'enforced')
  const patch = (change: unknown) => api.call('PATCH', `/domains/${body.id}`, { body: change })
  const done = await patch({ tls: 'opportunistic', open_tracking: false, tracking_subdomain: '' })
  assert.deepEqual([done.status, done.body], [200, { object: 'domain', id: body.id }])
  assert.equal((await getDomain(body.id)).tls, 'opportunistic')
  for (const change of [
    { tls: 'enforced', click_tracking: true },
    { tls: 'enforced', tracking_subdomain: 'links' },
    { tls: 'enforced', capabilities: { receiving: 'enabled' } },
    { tls: 'strict' },
  ]) {
    assert.equal((await patch(change)).status, 422)
  }
  assert.equal((await getDomain(body.id)).tls, 'opportunistic')
  assert.equal((await patch({})).status, 200)
})

test('an Ed25519 key comes and goes, and comes back as it was', async () => {
  const { body } = await api.call('POST', '/domains', {
    body: { name: 'edwards.example', ed25519: true },
  })
  const keyOf = ({ records }: { records: { name: string; value: string }[] }) =>
    records.find(({ name }) => name === 'postern-ed25519._domainkey')?.value
  const first = keyOf(body)
  assert.match(first ?? '', /^k=ed25519; p=[A-Za-z0-9+/]{43}=$/)
  const patch = (ed25519: boolean) =>
    api.call('PATCH', `/domains/${body.id}`, { body: { ed25519 } })
  assert.equal((await patch(false)).status, 200)
  const without = await getDomain(body.id)
  assert.deepEqual([without.ed25519, keyOf(without)], [false, undefined])
  assert.equal((await patch(true)).status, 200)
  assert.equal(keyOf(await getDomain(body.id)), first)
  const later = await api.call('POST', '/domains', { body: { name: 'later-edwards.example' } })
  await api.call('PATCH', `/domains/${later.body.id}`, { body: { ed25519: true } })
  assert.match(keyOf(await getDomain(later.body.id)) ?? '', /^k=ed25519/)
})

test('a deleted domain is gone with its keys, and may be added anew with others', async () => {
  const { body } = await api.call('POST', '/domains', { body: { name: 'gone.example' } })
  await api.verify(api.first, body.id)
  const deleted = await api.call('DELETE', `/domains/${body.id}`, {
    headers: { 'content-type': 'application/json' },
  })
  const expected = { object: 'domain', id: body.id, deleted: true }
  assert.deepEqual([deleted.status, deleted.body], [200, expected])
  assert.equal((await api.call('GET', `/domains/${body.id}`)).status, 404)
  assert.equal((await api.call('DELETE', `/domains/${body.id}`)).status, 404)
  assert.equal((await api.call('PATCH', `/domains/${body.id}`, { body: {} })).status, 404)
  nowMs += 1_000
  const sent = await api.call('POST', '/emails', { body: email({ from: 'a@gone.example' }) })
  assert.equal(sent.status, 403)
  const kept = await api.database.query(
    `select (select status from postern.domain_states where domain_id = $1) as state,
            (select count(*)::integer from postern.authority_history where object_id = $1) as versions,
            (select count(*)::integer from postern.signing_keys where domain_id = $1) as keys`,
    [body.id],
  )
  assert.deepEqual(kept, [{ state: 'deleted', versions: 3, keys: 0 }])
  const again = await api.call('POST', '/domains', { body: { name: 'gone.example' } })
  assert.equal(again.status, 201)
  assert.notEqual(again.body.records[0].value, body.records[0].value)
})

test('another account changes and deletes nothing of it, and a sending key neither', async () => {
  const { body } = await api.call('POST', '/domains', { body: { name: 'kept.example' } })
  const key = api.second.apiKey
  const change = { body: { tls: 'enforced' }, key }
  assert.equal((await api.call('PATCH', `/domains/${body.id}`, change)).status, 404)
  assert.equal((await api.call('DELETE', `/domains/${body.id}`, { key })).status, 404)
  const made = await api.call('POST', '/api-keys', {
    body: { name: 'sends', permission: 'sending_access' },
  })
  const sending = { key: made.body.token }
  assert.equal((await api.call('DELETE', `/domains/${body.id}`, sending)).status, 401)
  assert.equal((await getDomain(body.id)).tls, 'opportunistic')
})

test('every change of a domain leaves its line in the ledger', async () => {
  const { body } = await api.call('POST', '/domains', { body: { name: 'lines.example' } })
  await api.call('PATCH', `/domains/${body.id}`, { body: { tls: 'enforced' } })
  await api.call('PATCH', `/domains/${body.id}`, { body: { ed25519: true } })
  await api.call('DELETE', `/domains/${body.id}`)
  const lines = await api.database.query(
    'select action, object_version from postern.ledger where object_id = $1 order by id',
    [body.id],
  )
  assert.deepEqual(lines, [
    { action: 'domain.create', object_version: 1 },
    { action: 'domain.change', object_version: null },
    { action: 'domain.change', object_version: 2 },
    { action: 'domain.delete', object_version: 3 },
  ])
})

async function getDomain(id: string) {
  return (await api.call('GET', `/domains/${id}`)).body
}
