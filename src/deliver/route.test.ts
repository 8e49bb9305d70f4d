import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domainOf, makeRoute } from './route.ts'

const at = (host: string) => ({ host, port: 25 })
const routes = [
  { domain: '*', ...at('all') },
  { domain: '.example.com', ...at('below') },
  { domain: '.deep.example.com', ...at('deeper') },
  { domain: 'example.com', ...at('itself') },
  { domain: 'example.com', ...at('second') },
]

for (const [domain, host] of [
  ['example.com', 'itself'],
  ['EXAMPLE.com', 'itself'],
  ['mail.example.com', 'below'],
  ['a.deep.example.com', 'deeper'],
  ['deep.example.com', 'below'],
  ['notexample.com', 'all'],
  ['other.test', 'all'],
] as const) {
  test(`${domain} goes to the host of "${host}"`, () => {
    const find = makeRoute({ routes, route: 'inbox', inboxSmtpPort: 1025 })
    assert.equal(find(domain).host, host)
  })
}

test('what no line claims goes where the settings say', () => {
  const some = routes.slice(1)
  const inbox = makeRoute({ routes: some, route: 'inbox', inboxSmtpPort: 1025 })
  assert.deepEqual(inbox('other.test'), { host: '127.0.0.1', port: 1025, isInbox: true })
  const relay = { host: 'relay.test', port: 587 }
  const relayed = makeRoute({ routes: some, route: relay, inboxSmtpPort: null })
  assert.deepEqual(relayed('other.test'), relay)
})

test('a quoted local part may hold an @', () => {
  assert.equal(domainOf('"a@b"@example.com'), 'example.com')
})
