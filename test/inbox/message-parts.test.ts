/** One message's parts over HTTP: attachments, source, checks and verdicts. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { startDnsServer } from '../support/dns-server.ts'
import { localInbox } from './local-inbox.ts'
import { deliver, newest } from './mailbox.ts'

const mixed = [
  'Subject: files',
  'Content-Type: multipart/mixed; boundary=q',
  '',
  '--q',
  'Content-Type: text/html',
  '',
  '<img src="cid:logo" alt="logo"><a href="http://a.example/">x</a>',
  '--q',
  'Content-Type: image/png; name=logo.png',
  'Content-ID: <logo>',
  'Content-Transfer-Encoding: base64',
  '',
  'AAEC',
  '--q',
  'Content-Type: text/html',
  'Content-Disposition: attachment; filename="../<evil>.html"',
  '',
  '<script>alert(1)</script>',
  '--q--',
  '',
].join('\r\n')

test('attachments are listed, and saved from the second origin as mere bytes', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [mixed])
  const { attachments } = await newest(inbox)
  assert.deepEqual(
    attachments.map(({ url, ...rest }) => [...Object.values(rest), new URL(url).port]),
    [
      ['logo.png', 'image/png', 3, true, String(inbox.ports.content)],
      ['../<evil>.html', 'text/html', 26, false, String(inbox.ports.content)],
    ],
  )
  const answer = await fetch(attachments[1]?.url ?? '')
  assert.equal(answer.status, 200)
  assert.equal(await answer.text(), '<script>alert(1)</script>\n')
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/)
  const disposition = answer.headers.get('content-disposition') ?? ''
  assert.match(disposition, /^attachment; filename="\.\._evil_\.html"; /)
  const image = await fetch(attachments[0]?.url ?? '')
  assert.deepEqual(Buffer.from(await image.arrayBuffer()), Buffer.from([0, 1, 2]))
})

test('an attachment’s address cannot be made up, and names only what is there', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [mixed])
  const { attachments } = await newest(inbox)
  const url = attachments[0]?.url ?? ''
  const wrong = [
    url.replace(/0$/, '2'),
    url.replace(/0$/, '-1'),
    url.replace(/0$/, '0/x'),
    url.replace('/attachments/', '/others/'),
    url.replace(/[^/]+(?=\/attachments)/, '9999999999.x'),
  ]
  for (const address of wrong) assert.equal((await fetch(address)).status, 404, address)
})

test('the source is had as a file, byte for byte', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [mixed])
  const { id } = await newest(inbox)
  const answer = await inbox.get(`/api/messages/${id}/raw`)
  assert.equal(answer.body, `${mixed}\r\n`)
  assert.equal(answer.headers.get('content-type'), 'message/rfc822')
  assert.match(
    answer.headers.get('content-disposition') ?? '',
    new RegExp(`^attachment.*${id}.eml`),
  )
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
})

test('the checks name what mail programs would drop, with the links', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [mixed])
  const { id } = await newest(inbox)
  const { findings, links } = JSON.parse((await inbox.get(`/api/messages/${id}/checks`)).body)
  assert.deepEqual(
    findings.map(({ rule }: { rule: string }) => rule),
    ['no-text-part', 'links'],
  )
  const problems = ['is not encrypted: http, not https']
  assert.deepEqual(links, [{ url: 'http://a.example/', host: 'a.example', text: 'x', problems }])
})

test('verdicts ask the resolver of the settings, once, and only when they are asked for', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const dns = await startDnsServer({
    's1._domainkey.example.com': { TXT: [`v=DKIM1; k=rsa; p=${key}`] },
    '_dmarc.example.com': { TXT: ['v=DMARC1; p=none'] },
  })
  t.after(() => dns.stop())
  const inbox = await localInbox(t, { dns: { host: '127.0.0.1', port: dns.port } })
  const source = 'From: a@example.com\r\nTo: b@example.com\r\nSubject: signed\r\n\r\nbody\r\n'
  const signer = {
    signingDomain: 'example.com',
    selector: 's1',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
  const { signatures } = await dkimSign(source, { ...signer, signatureData: [signer] })
  await deliver(t, inbox, [(signatures + source).replace(/\r\n$/, '')])
  const { id } = await newest(inbox)
  assert.equal(dns.count(), 0, 'neither arrival nor a look at the message asks DNS')
  const path = `/api/messages/${id}/verdicts`
  const { dkim, spf, dmarc } = JSON.parse((await inbox.get(path)).body)
  assert.equal(dkim.length, 1)
  assert.deepEqual(
    { result: dkim[0].result, name: dkim[0].record_name, body: dkim[0].body_matches },
    { result: 'pass', name: 's1._domainkey.example.com', body: true },
  )
  assert.equal(spf.result, 'not_evaluated')
  assert.deepEqual(
    [dmarc.result, dmarc.policy, dmarc.policy_domain],
    ['pass', 'none', 'example.com'],
  )
  const asked = dns.count()
  await inbox.get(path)
  assert.equal(dns.count(), asked)
})

test('names under localhost are asked of nobody', async (t) => {
  const dns = await startDnsServer()
  t.after(() => dns.stop())
  const inbox = await localInbox(t, { dns: { host: '127.0.0.1', port: dns.port } })
  const signature =
    'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=postern.localhost; s=pm1; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA'
  await deliver(t, inbox, [`From: a@postern.localhost\r\n${signature}\r\n\r\n`])
  const { id } = await newest(inbox)
  const { dkim } = JSON.parse((await inbox.get(`/api/messages/${id}/verdicts`)).body)
  assert.equal(dkim[0].summary, 'no key in DNS')
  assert.match(dkim[0].reason, /pm1\._domainkey\.postern\.localhost.*published nowhere/)
  assert.equal(dns.count(), 0)
})
