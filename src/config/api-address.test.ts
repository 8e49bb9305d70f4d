import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiAddress } from './api-address.ts'

test('an API on every interface is reached on loopback, any other where it listens', () => {
  assert.equal(apiAddress({ httpPort: 8025, bind: '127.0.0.1' }), 'http://127.0.0.1:8025')
  assert.equal(apiAddress({ httpPort: 8025, bind: '0.0.0.0' }), 'http://127.0.0.1:8025')
  assert.equal(apiAddress({ httpPort: 8025, bind: '::' }), 'http://[::1]:8025')
  assert.equal(apiAddress({ httpPort: 80, bind: '192.0.2.7' }), 'http://192.0.2.7:80')
})

test('a port that is chosen at start is not known beforehand', () => {
  assert.equal(apiAddress({ httpPort: 0, bind: '127.0.0.1' }), null)
})
