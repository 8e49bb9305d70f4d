import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textFromHtml } from './html-text.ts'

test('links keep their address, images and styles go', () => {
  const html = `<style>p{color:red}</style><h1>Hello</h1><p>See <a href="https://example.com/x">the page</a>
    <img src="https://example.com/i.png" alt="logo"> &amp; more</p><ul><li>one</li></ul>`
  assert.equal(textFromHtml(html), 'Hello\n\nSee the page [https://example.com/x] & more\n\n * one')
})

test('deep and long HTML gives the text of its beginning instead of an error', () => {
  assert.match(textFromHtml(`first ${'<div>'.repeat(200_000)}last`), /^first\n*$/)
  assert.match(textFromHtml(`first ${'<p>x</p>'.repeat(50_000)}last`), /^first\n.*x$/s)
  assert.ok(textFromHtml(`<p>${'word '.repeat(500_000)}</p>`).length <= 450_000)
  assert.equal(textFromHtml(''), '')
})
