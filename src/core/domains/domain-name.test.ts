import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../lib/refusal.ts'
import { isRegistrable, nameInZone, readDomainName, unicodeName, zoneOf } from './domain-name.ts'

for (const [name, domainName, expected] of [
  ['postern1._domainkey.example.com', 'example.com', 'postern1._domainkey'],
  ['send.mail.example.com', 'mail.example.com', 'send.mail'],
  ['send.mail.example.co.uk', 'mail.example.co.uk', 'send.mail'],
  ['send.example.test', 'example.test', 'send'],
  ['example.com', 'example.com', '@'],
  ['send.shop.eu.com', 'shop.eu.com', 'send'],
  ['send.github.io', 'github.io', 'send'],
] as const) {
  test(`names are relative to the zone of the registered domain: ${name}`, () => {
    assert.equal(nameInZone(name, domainName), expected)
  })
}

test('a public suffix cannot be a sending domain, a private one can: it is its owner’s', () => {
  assert.equal(isRegistrable('co.uk'), false)
  assert.equal(isRegistrable('com'), false)
  assert.equal(isRegistrable('example.co.uk'), true)
  assert.equal(isRegistrable('github.io'), true)
  assert.equal(zoneOf('a.b.github.io'), 'b.github.io')
})

test('a name in U-labels is the same domain, and is shown both ways', () => {
  assert.equal(readDomainName('Bücher.Example'), 'xn--bcher-kva.example')
  assert.equal(unicodeName('xn--bcher-kva.example'), 'bücher.example')
  assert.equal(unicodeName('example.com'), undefined)
})

for (const name of ['co.uk', 'a@example.com', 'https://example.com', 'x', 'a.postern.localhost']) {
  test(`${name} is refused with a reason`, () => {
    assert.throws(() => readDomainName(name), Refusal)
  })
}
