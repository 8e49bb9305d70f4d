import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMessage } from './checks.ts'
import { checkLimits } from './limits.ts'

function rulesOf(html: string | null, { text = 'x', headers = {} } = {}): string[] {
  const fields = Object.entries(headers).map(([name, value]) => ({ name, value: String(value) }))
  return checkMessage({ html, text, headers: fields }).findings.map(({ rule }) => rule)
}

function problemsOf(anchor: string): string[] {
  const { links } = checkMessage({ html: anchor, text: 'x', headers: [] })
  return links.flatMap(({ problems }) => problems)
}

test('a plain, well-made message has nothing to be told', () => {
  const html =
    '<p style="color:red">Hello</p><img src="https://example.com/a.png" alt="">' +
    '<a href="https://www.example.com/x">example.com</a><a href="mailto:a@example.com">write</a>'
  assert.deepEqual(rulesOf(html), [])
  assert.deepEqual(rulesOf(null), [])
})

test('what mail programs drop or distrust is found', () => {
  const cases: [string, string][] = [
    ['<img src="https://example.com/a.png">', 'no-alt'],
    ['<img src="http://example.com/a.png" alt="a">', 'http-image'],
    ['<link rel="stylesheet" href="https://example.com/a.css">', 'stylesheet'],
    ['<style>@import url(https://example.com/a.css)</style>', 'stylesheet'],
    ['<script>alert(1)</script>', 'script'],
    ['<form action="https://example.com/"></form>', 'form'],
    ['<iframe src="https://example.com/"></iframe>', 'embedded'],
    ['<video src="https://example.com/"></video>', 'embedded'],
    ['<p onclick="x()">y</p>', 'event-handler'],
    ['<a href="http://example.com/">x</a>', 'links'],
  ]
  for (const [html, rule] of cases) assert.deepEqual(rulesOf(html), [rule], html)
})

test('the findings are counted, and each says what to do', () => {
  const { findings } = checkMessage({ html: '<img><img>', text: 'x', headers: [] })
  assert.deepEqual(findings, [
    {
      level: 'warning',
      rule: 'no-alt',
      text: '2 images without alt: add a text, or alt="" for mere decoration.',
    },
  ])
})

test('a missing text part is told only beside HTML', () => {
  assert.deepEqual(rulesOf('<p>x</p>', { text: ' ' }), ['no-text-part'])
  assert.deepEqual(checkMessage({ html: null, text: null, headers: [] }).findings, [])
})

test('HTML is too long for Gmail from one byte above 102 KB, counted as bytes', () => {
  const { clippedBytes } = checkLimits
  assert.deepEqual(rulesOf('x'.repeat(clippedBytes)), [])
  assert.deepEqual(rulesOf('x'.repeat(clippedBytes + 1)), ['too-long'])
  assert.deepEqual(rulesOf('é'.repeat(clippedBytes / 2 + 1)), ['too-long'])
})

test('list mail must say how to leave; other mail need not', () => {
  assert.deepEqual(rulesOf(null, { headers: { 'List-Id': '<a.example>' } }), ['no-unsubscribe'])
  assert.deepEqual(rulesOf(null, { headers: { precedence: 'bulk' } }), ['no-unsubscribe'])
  const leave = { 'List-Id': '<a.example>', 'List-Unsubscribe': '<https://example.com/u>' }
  assert.deepEqual(rulesOf(null, { headers: leave }), ['no-one-click'])
  const oneClick = { ...leave, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
  assert.deepEqual(rulesOf(null, { headers: oneClick }), [])
  assert.deepEqual(rulesOf(null, { headers: { Precedence: 'first-class' } }), [])
})

test('a link is told that shows one host and leads to another', () => {
  const mismatch = ['shows bank.example and leads to evil.example']
  assert.deepEqual(
    problemsOf('<a href="https://evil.example/">https://bank.example/x</a>'),
    mismatch,
  )
  assert.deepEqual(problemsOf('<a href="https://evil.example/"><b>BANK</b>.example</a>'), [
    'shows bank.example and leads to evil.example',
  ])
  assert.deepEqual(problemsOf('<a href="https://bank.example/">www.bank.example</a>'), [])
  assert.deepEqual(problemsOf('<a href="https://evil.example/">Read more.</a>'), [])
})

test('links are told that are not encrypted, name a number, hide their host or lead nowhere', () => {
  const cases: [string, RegExp][] = [
    ['http://example.com/', /not encrypted/],
    ['https://192.0.2.1/', /number, not a domain/],
    ['https://[2001:db8::1]/', /number, not a domain/],
    ['https://bank.example@evil.example/', /user name/],
    ['javascript:alert(1)', /javascript: is dropped/],
    ['#', /leads nowhere/],
    ['/orders/17', /no whole address/],
  ]
  for (const [href, problem] of cases) {
    const problems = problemsOf(`<a href="${href}">x</a>`)
    assert.equal(problems.length, 1, href)
    assert.match(problems[0] ?? '', problem)
  }
})

test('each link comes with its host and its text', () => {
  const html =
    '<a href="https://a.example/x?b=1&amp;c=2"> See <img alt="our"> <i>map</i> </a> after'
  const { links } = checkMessage({ html, text: 'x', headers: [] })
  assert.deepEqual(links, [
    { url: 'https://a.example/x?b=1&c=2', host: 'a.example', text: 'See our map', problems: [] },
  ])
})

test('without HTML the links are those of the text, each once', () => {
  const text = 'See https://a.example/x. Again https://a.example/x, and (http://b.example/).'
  const { links } = checkMessage({ html: null, text, headers: [] })
  assert.deepEqual(
    links.map(({ url, problems }) => [url, problems.length]),
    [
      ['https://a.example/x', 0],
      ['http://b.example/', 1],
    ],
  )
})

test('a message of nothing but links gets a bounded list', () => {
  const { links } = checkMessage({ html: '<a href="#">x'.repeat(5000), text: 'x', headers: [] })
  assert.equal(links.length, checkLimits.linksMax)
})
