import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayAttachment, displayHtml, displayMessage } from './display.ts'
import { displayLimits } from './limits.ts'
import type { StoredMessage } from './record.ts'

function stored(source: string | Buffer): StoredMessage {
  const bytes = Buffer.from(source)
  return {
    id: '01900000-0000-7000-8000-000000000001',
    from: '',
    to: [],
    subject: '',
    receivedAt: new Date(0),
    sizeBytes: bytes.length,
    isComplaint: false,
    returnPath: '',
    source: bytes,
  }
}

const related = [
  'Subject: x',
  'X-Note: one',
  ' two',
  'Content-Type: multipart/related; boundary=q',
  '',
  '--q',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<a href="https://example.com/a?b=1&amp;c=2">a</a> <a href=javascript:alert(1)>b</a>',
  '<img src="cid:logo"><img src="cid:logo">',
  '--q',
  'Content-Type: image/png; name=logo.png',
  'Content-ID: <logo>',
  'Content-Transfer-Encoding: base64',
  '',
  'AAEC',
  '--q--',
  '',
].join('\r\n')

test('parts, header, links and source are shown', async () => {
  const shown = await displayMessage(stored(related))
  assert.match(shown.html ?? '', /cid:logo/)
  assert.equal(shown.text, null)
  assert.deepEqual(shown.headers[1], { name: 'X-Note', value: 'one two' })
  assert.deepEqual(shown.attachments, [
    { filename: 'logo.png', contentType: 'image/png', sizeBytes: 3, isInline: true },
  ])
  assert.deepEqual(shown.links, ['https://example.com/a?b=1&c=2'])
  assert.equal(shown.source, related)
})

test('an inline image is put in place wherever it is named', async () => {
  const html = await displayHtml(stored(related))
  assert.match(
    html ?? '',
    /src="data:image\/png;base64,AAEC"><img src="data:image\/png;base64,AAEC">/,
  )
})

test('only the whole content id names an image, however it is escaped', async () => {
  const source = related
    .replace(
      '<img src="cid:logo"><img src="cid:logo">',
      '<img src=cid:logo%40b><img src="cid:logo@bc">',
    )
    .replace('<logo>', '<logo@b>')
  const html = await displayHtml(stored(source))
  assert.match(html ?? '', /<img src=data:image\/png;base64,AAEC><img src="cid:logo@bc">/)
})

test('inline images cannot make a large page out of a small message', async () => {
  const image = Buffer.alloc(300_000).toString('base64')
  const source = related
    .replace('<img src="cid:logo">', '<img src="cid:logo">'.repeat(1000))
    .replace('AAEC', image)
  const html = await displayHtml(stored(source))
  assert.ok((html?.length ?? 0) < 1.1 * displayLimits.inlineBytesMax)
  assert.match(html ?? '', /<img src="data:[^"]+">.*<img src="cid:logo">/s)
})

test('an attachment is had by its place in the list', async () => {
  const file = await displayAttachment(stored(related), 0)
  assert.deepEqual([file?.filename, file?.bytes], ['logo.png', Buffer.from([0, 1, 2])])
  assert.equal(await displayAttachment(stored(related), 1), null)
  assert.equal(await displayAttachment(stored('Subject: none\r\n\r\nx'), 0), null)
})

test('a message without HTML has no HTML view', async () => {
  assert.equal(await displayHtml(stored('Subject: x\r\n\r\nplain\r\n')), null)
})

test('a message too large to parse still shows its header and the begin of its source', async () => {
  const body = Buffer.alloc(displayLimits.parsedBytesMax, 'x')
  const shown = await displayMessage(
    stored(Buffer.concat([Buffer.from('Subject: big\r\n\r\n'), body])),
  )
  assert.deepEqual(shown.headers, [{ name: 'Subject', value: 'big' }])
  assert.equal(shown.source.length, displayLimits.sourceBytesMax)
  assert.ok(shown.isSourceCut && shown.note !== null)
})

test('MIME nested beyond reason is said to be unreadable, not thrown', async () => {
  let source = 'Subject: deep\r\n'
  for (let i = 0; i < 200; i++)
    source += `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`
  const shown = await displayMessage(stored(`${source}\r\nend\r\n`))
  assert.match(shown.note ?? '', /cannot be read/)
  assert.equal(shown.html, null)
})
