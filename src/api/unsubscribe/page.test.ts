import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { unknownLinkPage, unsubscribePage, unsubscribePagePolicy } from './page.ts'

const standings = ['subscribed', 'undoable', 'unsubscribed'] as const
const pages = [
  ...standings.map((standing) => unsubscribePage(standing, { isUndone: false })),
  unsubscribePage('subscribed', { isUndone: true }),
  unknownLinkPage(),
]

test('nothing acts on a page or is fetched by it, and its one style is the one that the policy lets in', () => {
  for (const page of pages) {
    assert.doesNotMatch(page, /<script|<img|<link|<iframe|\son\w+=|style=|href=|src=/i)
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    assert.ok(unsubscribePagePolicy.includes(`style-src 'sha256-${hash}';`))
  }
})

test('each page has one heading, a language, and one button at most', () => {
  const buttons = pages.map((page) => page.match(/<button/g)?.length ?? 0)
  assert.deepEqual(buttons, [1, 1, 0, 1, 0])
  for (const page of pages) {
    assert.match(page, /^<!doctype html>\n<html lang="en">/)
    assert.equal(page.match(/<h1>/g)?.length, 1)
    assert.equal(page.match(/<main>/g)?.length, 1)
  }
})

test('an undo that another link stands against does not say that it worked', () => {
  const page = unsubscribePage('unsubscribed', { isUndone: true })
  assert.match(page, /You are unsubscribed/)
})
