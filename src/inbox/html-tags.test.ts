import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTags, visibleText } from './html-tags.ts'

function tagsOf(html: string) {
  return readTags(html, 1000).map(({ name, attributes }) => [name, Object.fromEntries(attributes)])
}

test('names and attributes are read as browsers do, however they are written', () => {
  const html = `<A HREF="a&amp;b" href=c Title='x > y'><br/><img src=d.png alt><p\n class = "q"></P >`
  assert.deepEqual(tagsOf(html), [
    ['a', { href: 'a&b', title: 'x > y' }],
    ['br', {}],
    ['img', { src: 'd.png', alt: '' }],
    ['p', { class: 'q' }],
    ['/p', {}],
  ])
})

test('what stands in comments, scripts and styles is no tag', () => {
  const html = '<!-- <img> --><script>"<img>"</SCRIPT><style>a{}<b></style><i>1 < 2</i>'
  const names = tagsOf(html).map(([name]) => name)
  assert.deepEqual(names, ['script', '/script', 'style', '/style', 'i', '/i'])
})

test('what is never closed ends with the document', () => {
  for (const html of ['<a href="x', '<a', '<!-- x', '<script> <b>', '<', '</', '<a =', 'a']) {
    assert.ok(readTags(html, 10).length <= 1, html)
  }
  assert.deepEqual(tagsOf('<a href="x'), [['a', { href: 'x' }]])
})

test('character references are resolved, unknown and impossible ones stay', () => {
  const html = '<a title="&#65;&#x42;&lt;&nope;&#1114112;&amp;lt;">'
  assert.deepEqual(tagsOf(html), [['a', { title: 'AB<&nope;&#1114112;&lt;' }]])
})

test('the visible text is what a reader sees and what images say', () => {
  const html =
    'Dear <b>Ada</b>,<style>.x{}</style><script>no()</script>\n<img alt="a&nbsp;map"> it &amp; you'
  assert.equal(visibleText(readTags(html, 1000)), 'Dear Ada , a map it & you')
})

test('no more tags are read than asked for, and a megabyte of anything takes no second', () => {
  assert.equal(readTags('<b>'.repeat(100), 10).length, 10)
  const began = performance.now()
  for (const piece of ['<', '<a ', '<a "', '<!--', '<script>', "<a b='", '&#', '<a =', '</']) {
    readTags(piece.repeat(1_000_000 / piece.length), 50_000)
  }
  assert.ok(performance.now() - began < 9000)
})
