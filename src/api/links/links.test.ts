import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentDisposition } from '../../mail/content-disposition.ts'
import { sharedPage } from './shared-page.ts'

test('a file name cannot leave its header, and is kept whole beside a plain one', () => {
  assert.equal(
    contentDisposition('a"b\\c%.pdf'),
    `attachment; filename="a_b_c_.pdf"; filename*=UTF-8''a%22b%5Cc%25.pdf`,
  )
  assert.equal(
    contentDisposition("Übersicht 1'.pdf"),
    `attachment; filename="_bersicht 1'.pdf"; filename*=UTF-8''%C3%9Cbersicht%201%27.pdf`,
  )
})

test('nothing of a shared message can become markup of its page', () => {
  const evil = `"><script>alert('x')</script>&amp;`
  const page = sharedPage({
    createdAt: new Date(0),
    envelope: {
      from: evil,
      fromDomain: 'example.com',
      to: [evil],
      cc: [evil],
      bcc: ['secret@example.net'],
      replyTo: [],
      subject: evil,
      headers: {},
      tags: [],
      recipients: [],
    },
    content: { html: evil, text: evil },
  })
  assert.ok(!page.includes('<script'))
  assert.ok(!page.includes('secret@example.net'))
  assert.equal(
    page.split('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;').length,
    8,
  )
  assert.match(page, /<iframe sandbox title/)
})
