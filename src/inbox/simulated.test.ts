import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulationFor } from './simulated.ts'

test('each simulated recipient has its outcome, with and without a label, in any case', () => {
  const expected = {
    delivered: '250',
    bounced: '550 5.1.1',
    deferred: '451 4.3.0',
    slow: '250',
    complained: '250',
  }
  for (const [name, codes] of Object.entries(expected)) {
    for (const local of [name, `${name}+order-17`, `${name}+a+b`, name.toUpperCase()]) {
      const { reply } = simulationFor(`${local}@Postern.Localhost`)
      assert.ok(reply.startsWith(codes) && reply.includes('simulated'), `${local}: ${reply}`)
    }
  }
})

test('any other recipient is simply accepted', () => {
  const others = [
    'bounced@example.com',
    'bounced@postern.localhost.example.com',
    'ada@postern.localhost',
    'bounced-not@postern.localhost',
    'postmaster',
  ]
  for (const address of others)
    assert.equal(simulationFor(address).reply, '250 2.1.5 Recipient accepted')
})
