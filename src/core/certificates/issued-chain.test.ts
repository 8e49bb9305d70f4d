import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSelfSigned, publicKeyHash } from '../../lib/certificate.ts'
import { examineChain } from './issued-chain.ts'

const nowMs = Date.parse('2026-11-26T12:00:00Z')
const hourMs = 3_600_000

function made(changes: { name?: string; fromMs?: number; days?: number } = {}) {
  const { name = 'mail.example.com', fromMs = nowMs - hourMs, days = 90 } = changes
  return makeSelfSigned({ dnsNames: [name], addresses: [], from: new Date(fromMs), days })
}

function faultOf(chain: string, keyHash: Buffer): string | null {
  return examineChain(chain, { hostname: 'mail.example.com', keyHash, nowMs }).fault
}

test('a chain must be for our key and name, and valid now', () => {
  const cases: [pair: ReturnType<typeof made>, fault: string | null][] = [
    [made(), null],
    [made({ name: 'other.example.com' }), 'other_name'],
    [made({ days: 1, fromMs: nowMs - 25 * hourMs }), 'not_valid_now'],
    [made({ fromMs: nowMs + hourMs }), 'not_valid_now'],
  ]
  for (const [{ certificate, key }, fault] of cases) {
    assert.equal(faultOf(certificate, publicKeyHash(key)), fault)
  }
  assert.equal(faultOf(made().certificate, publicKeyHash(made().key)), 'other_key')
})

test('an authority whose clock is a moment ahead has not issued in vain', () => {
  const { certificate, key } = made({ fromMs: nowMs + 60_000 })
  assert.equal(faultOf(certificate, publicKeyHash(key)), null)
})

test('nothing but certificates may stand in it, each signed by the next', () => {
  const { certificate, key } = made()
  const hash = publicKeyHash(key)
  assert.equal(faultOf(certificate + made().certificate, hash), 'broken_chain')
  assert.equal(faultOf(certificate + key, hash), 'unreadable')
  assert.equal(faultOf(certificate.repeat(11), hash), 'unreadable')
  assert.equal(faultOf('', hash), 'unreadable')
  assert.equal(faultOf(certificate.replace(/^[^-].{20}/m, ''), hash), 'unreadable')
  assert.equal(faultOf(' '.repeat(70_000), hash), 'too_large')
})
