import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceOf, placeOf } from './device.ts'

test('a browser is called by its own name, not by those it mimics', () => {
  const chrome =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  assert.equal(deviceOf(chrome), 'Chrome on Windows')
  assert.equal(deviceOf(`${chrome} Edg/140.0.0.0`), 'Edge on Windows')
  assert.equal(
    deviceOf(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    ),
    'Safari on iPhone',
  )
  assert.equal(
    deviceOf('Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'),
    'Firefox on Linux',
  )
  assert.equal(deviceOf('curl/8.0'), 'curl/8.0')
  assert.equal(deviceOf(null), 'Unknown device')
})

test('an address is shown, and what it says where it says something', () => {
  assert.equal(placeOf('127.0.0.1'), 'the machine of this installation')
  assert.equal(placeOf('192.168.1.9'), '192.168.1.9, a private network')
  assert.equal(placeOf('192.0.2.7'), '192.0.2.7')
})
