import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  isNoticeKind,
  type LinkMail,
  linkText,
  type NoticeKind,
  notices,
  noticeText,
} from './mail-texts.ts'

const consoleUrl = 'https://console.example.com'
const token = 'x'.repeat(43)
const at = new Date('2026-02-03T04:05:06Z')
const kinds = Object.keys(notices) as NoticeKind[] // the table's type has exactly these
const anyLink = /https?:|href|<a\b|www\.|:\/\/|\b[a-z0-9-]+\.[a-z]{2,}\b/i

test('a notice says what, when and where, and has nothing that a mail program makes a link of', () => {
  for (const kind of kinds) {
    const { subject, text, html } = noticeText(kind, { at, accountName: 'Acme' })
    assert.match(text, /When: 2026-02-03 04:05 UTC/)
    assert.match(text, /Account: Acme/)
    assert.match(text, /If |Forgot password|Open the console as you always do/)
    for (const part of [subject, text, html]) assert.doesNotMatch(part, anyLink, kind)
  }
})

test('of an idle key its id is told, and when it ends', () => {
  const objectId = '0190a0b0-0000-7000-8000-000000000002'
  const { subject, text, html } = noticeText('key_idle', { at, accountName: 'Acme', objectId })
  assert.match(text, /API key: 0190a0b0-0000-7000-8000-000000000002/)
  assert.match(text, /Ends, if it stays unused: 2026-02-17 04:05 UTC/)
  for (const part of [subject, text, html]) assert.doesNotMatch(part, anyLink)
})

test('a name that is written like an address or a page makes no link of a notice', () => {
  for (const accountName of [
    'evil.example',
    'https://evil.example/x',
    'a@evil.example',
    'w\u200b.a.b',
  ]) {
    const { text, html } = noticeText('member_changed', { at, accountName })
    assert.doesNotMatch(text, anyLink)
    assert.doesNotMatch(html, anyLink)
  }
})

test('mail with a link has exactly one, at the console', () => {
  const invitation: LinkMail = {
    kind: 'invitation',
    address: 'ada@example.com',
    token,
    accountName: 'Acme. evil.example',
    invitedBy: '<b>Bob</b>\nhttps://evil.example',
    role: 'developer',
  }
  const wanted: [LinkMail, string][] = [
    [{ kind: 'reset_password', address: 'ada@example.com', token }, 'reset'],
    [{ kind: 'sign_up', address: 'ada@example.com', token }, 'sign-up'],
    [invitation, 'invitation'],
  ]
  for (const [mail, path] of wanted) {
    const { subject, text, html } = linkText(mail, consoleUrl)
    assert.deepEqual(text.match(/https?:\S+/g), [`${consoleUrl}/${path}/${token}`])
    assert.deepEqual(html.match(/href="[^"]*"/g), [`href="${consoleUrl}/${path}/${token}"`])
    assert.doesNotMatch(`${subject}${text}`, /evil\.example/)
    assert.doesNotMatch(subject, /\n/)
    assert.doesNotMatch(html, /<b>/)
  }
})

test('whatever the database or the code tells anybody has words', () => {
  const root = new URL('../../../', import.meta.url).pathname
  const files = globSync(['migrations/functions/*.sql', 'src/core/people/*.ts'], { cwd: root })
  const told = files.flatMap((file) => {
    const text = readFileSync(root + file, 'utf8')
    const bySql = text.matchAll(/tell_owners\(\w+, '(\w+)'\)|n\.kind = '(\w+)'/g)
    const byCode = text.matchAll(/accountId(?:: \w+)?, kind: '(\w+)' \}/g)
    return [...bySql, ...byCode].map(([, a, b]) => a ?? b ?? '')
  })
  assert.ok(new Set(told).size >= 10, [...new Set(told)].join(', '))
  for (const kind of told) assert.ok(isNoticeKind(kind), kind)
})
