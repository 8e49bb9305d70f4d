import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import {
  aliasRecords,
  aliasTargetRecords,
  type DomainKeys,
  dkimAliasRecords,
  dmarcAdvice,
  expectedRecords,
  operatorRecords,
  recordName,
  recordStatus,
} from './records.ts'

const hostname = 'mail.postern.test'
const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
  format: 'der',
  type: 'spki',
})
const domain: DomainKeys = {
  id: '0190a0a0-0000-7000-8000-000000000001',
  name: 'mail.example.co.uk',
  returnPath: 'send',
  selectors: [
    { selector: 'postern1', algorithm: 'rsa', publicKey },
    { selector: 'postern2', algorithm: 'rsa', publicKey },
  ],
}

test('a domain publishes a DKIM key for both selectors, and MX and SPF for its return path', () => {
  const p = `p=${publicKey.toString('base64')}`
  assert.deepEqual(expectedRecords(domain, hostname), [
    { record: 'DKIM', type: 'TXT', name: 'postern1._domainkey.mail.example.co.uk', value: p },
    { record: 'DKIM', type: 'TXT', name: 'postern2._domainkey.mail.example.co.uk', value: p },
    { record: 'SPF', type: 'MX', name: 'send.mail.example.co.uk', value: hostname, priority: 10 },
    {
      record: 'SPF',
      type: 'TXT',
      name: 'send.mail.example.co.uk',
      value: `v=spf1 include:_spf.${hostname} ~all`,
    },
  ])
})

test('each CNAME leads to a name that the operator publishes with the same content', () => {
  const targets = aliasTargetRecords(domain, hostname)
  const direct = expectedRecords(domain, hostname)
  for (const alias of aliasRecords(domain, hostname)) {
    assert.equal(alias.type, 'CNAME')
    const behind = targets.filter((record) => record.name === alias.value)
    const inPlace = direct.filter((record) => record.name === alias.name)
    assert.ok(behind.length > 0)
    assert.deepEqual(
      behind.map(({ type, value }) => [type, value]),
      inPlace.map(({ type, value }) => [type, value]),
    )
  }
})

test('two domains of the same name have CNAME targets of their own', () => {
  const other = { ...domain, id: '0190a0a0-0000-7000-8000-000000000002' }
  const targets = (one: DomainKeys) => aliasRecords(one, hostname).map((record) => record.value)
  assert.equal(new Set([...targets(domain), ...targets(other)]).size, 6)
})

test('the operator publishes the SPF record that every domain includes', () => {
  const records = operatorRecords(hostname, ['192.0.2.7', '2001:db8::7'])
  const spf = records.find((record) => record.name === `_spf.${hostname}`)
  assert.equal(spf?.value, 'v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 -all')
  assert.ok(records.some((record) => record.name === '7.2.0.192.in-addr.arpa'))
  const unknown = operatorRecords(hostname, [])
  assert.equal(unknown[0]?.value, `v=spf1 a:${hostname} -all`)
})

test('a reverse name of IPv6 has all 32 digits in reverse', () => {
  const records = operatorRecords(hostname, ['2001:db8::7'])
  const reverse = records.find((record) => record.type === 'PTR')
  assert.equal(reverse?.name, `7${'.0'.repeat(23)}.8.b.d.0.1.0.0.2.ip6.arpa`)
  assert.ok(records.some((record) => record.type === 'AAAA'))
})

test('a record that was found stays so while it is looked for again, the others are pending', () => {
  const [dkim, , mx] = expectedRecords(domain, hostname)
  const known = { values: [], answeredBy: '192.0.2.53', at: 0, hint: null }
  const found = {
    [recordName(dkim!)]: { ...known, status: 'verified' },
    [recordName(mx!)]: { ...known, status: 'failed' },
  } as const
  assert.equal(recordStatus(dkim!, { found, isChecking: true }), 'verified')
  assert.equal(recordStatus(mx!, { found, isChecking: true }), 'pending')
  assert.equal(recordStatus(mx!, { found, isChecking: false }), 'failed')
  assert.equal(recordStatus(mx!, { found: {}, isChecking: false }), 'not_started')
  const [alias] = dkimAliasRecords(domain, hostname)
  assert.equal(recordStatus(alias!, { found, isChecking: false }), 'verified')
})

test('the advice on DMARC asks for nothing but reports', () => {
  assert.equal(dmarcAdvice('example.com').name, '_dmarc.example.com')
})
