import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRoutes } from './routes.ts'

test('a routes file has a domain and a host a line; blank lines and comments are passed over', () => {
  const text =
    '# ours\n\nExample.com  smtp://relay:2600\n.example.net\tsmtp://[::1]:25\n* smtp://other\n'
  assert.deepEqual(parseRoutes(text, 'routes'), [
    { domain: 'example.com', host: 'relay', port: 2600 },
    { domain: '.example.net', host: '::1', port: 25 },
    { domain: '*', host: 'other', port: 25 },
  ])
})

test('a domain beyond ASCII is taken as the A-labels that mail carries', () => {
  assert.equal(parseRoutes('bücher.example smtp://a', 'routes')[0]?.domain, 'xn--bcher-kva.example')
})

for (const line of [
  'example.com',
  'example.com http://a',
  'exa mple.com smtp://a',
  'a smtp://a b',
]) {
  test(`the line "${line}" is refused with its number and an example`, () => {
    assert.throws(() => parseRoutes(`# first\n${line}`, 'routes'), /routes line 2 must be like/)
  })
}

test('a domain may be named once', () => {
  assert.throws(() => parseRoutes('a.b smtp://x\nA.B smtp://y', 'routes'), /a second time/)
})
