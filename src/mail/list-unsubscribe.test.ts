import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeaderInjection, renderHeaders } from './headers.ts'
import { hasUnsubscribe, isUnsubscribeUrl, unsubscribeHeaders } from './list-unsubscribe.ts'

const page = 'https://example.com/u/abc?x=1'

test('an https URL is one click, and a mailto alone is not', () => {
  assert.deepEqual(unsubscribeHeaders(page, 'mailto:u@example.com?subject=abc'), [
    ['List-Unsubscribe', `<${page}>,\r\n <mailto:u@example.com?subject=abc>`],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
  ])
  for (const url of ['mailto:u@example.com', 'http://example.com/u']) {
    assert.deepEqual(unsubscribeHeaders(url), [['List-Unsubscribe', `<${url}>`]])
  }
})

test('what is no URL for it, or would break out of its brackets, is refused', () => {
  const refused = [
    '',
    'example.com/u',
    'javascript:alert(1)',
    'ftp://example.com/u',
    'https://',
    'https://example.com/a b',
    'https://example.com/a>,<mailto:x@evil.test',
    'https://example.com/a,b',
    'https://example.com/\r\nBcc: x',
    'https://bücher.example/',
    `https://example.com/${'x'.repeat(900)}`,
  ]
  for (const url of refused) {
    assert.equal(isUnsubscribeUrl(url), false, JSON.stringify(url.slice(0, 60)))
    assert.throws(() => unsubscribeHeaders(page, url), HeaderInjection)
  }
})

test('every URL that is taken stands whole between its brackets, in lines of at most 998', () => {
  const rest = fc.string({ unit: fc.constantFrom(...'aZ0/?=&%.~#<>, "é'), maxLength: 30 })
  fc.assert(
    fc.property(rest, (path) => {
      const url = `https://example.com/${path}`
      assert.equal(isUnsubscribeUrl(url), !/[<>, "é]/.test(path))
      if (!isUnsubscribeUrl(url)) return
      const text = renderHeaders(unsubscribeHeaders(url, 'mailto:u@example.com'))
      assert.ok(text.replaceAll('\r\n', '').startsWith(`List-Unsubscribe: <${url}>, <mailto:`))
      for (const line of text.split('\r\n')) assert.ok(line.length <= 998)
    }),
  )
})

test('http is one click on this machine only', () => {
  for (const host of ['127.0.0.1:8025', '[::1]:8025', 'localhost']) {
    assert.equal(unsubscribeHeaders(`http://${host}/unsubscribe/abc`).length, 2, host)
  }
  for (const host of ['127.0.0.1.example.com', 'localhost.example.com', '192.0.2.1:8025']) {
    assert.equal(unsubscribeHeaders(`http://${host}/unsubscribe/abc`).length, 1, host)
  }
})

test('what the sender says of unsubscribing is found in any case, and half of it counts', () => {
  assert.equal(hasUnsubscribe(['X-A', 'LIST-unsubscribe']), true)
  assert.equal(hasUnsubscribe(['list-unsubscribe-POST']), true)
  assert.equal(hasUnsubscribe(['X-List-Unsubscribe', 'List-Id']), false)
  assert.equal(hasUnsubscribe([]), false)
})
