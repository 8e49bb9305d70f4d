import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeLinkBase } from './copies.ts'

const settings = { publicUrl: null, httpPort: 8025, bind: '0.0.0.0' }
const findRoute = (domain: string) =>
  domain === 'relayed.test'
    ? { host: 'relay.test', port: 25 }
    : { host: '127.0.0.1', port: 1, isInbox: true as const }

test('links begin with the public address, whoever gets them', () => {
  const linkBase = makeLinkBase({ ...settings, publicUrl: 'https://mail.example.com' }, findRoute)
  assert.equal(linkBase('relayed.test'), 'https://mail.example.com')
  assert.equal(linkBase('else.test'), 'https://mail.example.com')
})

test('without one they lead to this machine in the local inbox, and nowhere in mail that leaves it', () => {
  const linkBase = makeLinkBase(settings, findRoute)
  assert.equal(linkBase('else.test'), 'http://127.0.0.1:8025')
  assert.equal(linkBase('relayed.test'), null)
  assert.equal(makeLinkBase({ ...settings, httpPort: 0 }, findRoute)('else.test'), null)
})
