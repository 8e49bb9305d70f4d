import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCrossSite } from './cross-site.ts'

const host = '127.0.0.1:8027'

test('programs and the page itself may change something', () => {
  assert.equal(isCrossSite({ headers: { host } }), false)
  const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
  assert.equal(isCrossSite({ headers: own }), false)
  const tunnel = { host: 'localhost:9', origin: 'https://localhost:9' }
  assert.equal(isCrossSite({ headers: tunnel }), false)
})

test('pages of other sites, and of the second origin, may not', () => {
  const origins = ['https://evil.example', 'http://127.0.0.1:9999', 'http://localhost:8027', 'null']
  for (const origin of origins) assert.equal(isCrossSite({ headers: { host, origin } }), true)
  for (const site of ['cross-site', 'same-site', 'other']) {
    assert.equal(isCrossSite({ headers: { host, 'sec-fetch-site': site } }), true)
  }
})
