import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from './explain.ts'

const bounce = `From: MAILER-DAEMON@mx.example.net
To: shop@example.com
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 24 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822; ada@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.net
Diagnostic-Code: smtp; 550 5.1.1 <ada@example.net>:
    Recipient address rejected: User unknown

Final-Recipient: rfc822; bob@example.net
Action: delayed
Status: 4.2.2
Diagnostic-Code: smtp; 452 4.2.2 Mailbox full

--x--
`

test('a bounce is told for each recipient, with the codes and words of the host and what to do', () => {
  const { kind, findings } = explain(bounce)
  assert.equal(kind, 'bounce')
  const [ada, bob] = findings
  assert.equal(ada?.about, 'ada@example.net')
  assert.equal(ada?.codes, '550 5.1.1')
  assert.match(ada?.words ?? '', /Recipient address rejected: User unknown \(mail\.example\.net\)/)
  assert.match(ada?.meaning ?? '', /no such mailbox.*final/)
  assert.match(ada?.advice ?? '', /take it off your lists/)
  assert.equal(bob?.tone, 'warn')
  assert.match(bob?.meaning ?? '', /mailbox is full.*tried again/i)
})

test('the host’s own enhanced code says more than the general one of the report', () => {
  const text = bounce.replace('Status: 5.1.1', 'Status: 5.0.0')
  assert.equal(explain(text).findings[0]?.codes, '550 5.1.1')
})

test('a reply is explained by its enhanced code, by its words where that says little, else by its reply code', () => {
  const [byCode] = explain('550 5.7.26 Unauthenticated email is not accepted').findings
  assert.match(byCode?.meaning ?? '', /none of SPF, DKIM and DMARC/)
  const [byWords] = explain('550 Requested action not taken: user unknown').findings
  assert.match(byWords?.meaning ?? '', /no such mailbox/)
  const [byReply] = explain('421 mx.example.org too busy').findings
  assert.equal(byReply?.tone, 'warn')
  assert.match(byReply?.meaning ?? '', /busy/)
  const [bare] = explain('Status: bounced 5.2.2').findings
  assert.match(bare?.meaning ?? '', /mailbox is full/i)
})

test('the lines of one reply are one finding, and the same reply twice is told once', () => {
  const text = '550-5.1.1 The account does not exist.\r\n550 5.1.1 Try again\r\n'
  assert.equal(explain(text).findings.length, 1)
  assert.equal(explain(`${text}${text}`).findings.length, 1)
  const quoted =
    'host mx.example.net[192.0.2.1] said: 554 5.7.1 Service unavailable; blocked using zen'
  const [finding] = explain(quoted).findings
  assert.equal(finding?.codes, '554 5.7.1')
  assert.match(finding?.meaning ?? '', /blocks the message/)
})

const header = `Delivered-To: ada@example.net
Received: from relay.example.net (relay.example.net [192.0.2.9])
        by mx.example.net (Postfix) with ESMTPS id 4F
        for <ada@example.net>; Tue, 24 Nov 2026 09:05:03 +0000 (UTC)
Authentication-Results: mx.example.net;
        dkim=pass header.i=@example.com header.s=a;
        spf=softfail (sender; not sure) smtp.mailfrom=bounce.example.com;
        dmarc=fail (p=NONE) header.from=example.com
Authentication-Results: forged.example; spf=pass
Received: from app.example.com (app [198.51.100.1]) by relay.example.net with ESMTP
        id 2; Tue, 24 Nov 2026 10:00:00 +0100
From: Shop <shop@example.com>
Subject: Order

Body: text
`

test('a header is told as its way with delays and as verdicts, of the topmost result alone', () => {
  const { kind, path, verdicts } = explain(header)
  assert.equal(kind, 'header')
  assert.deepEqual(
    path.map(({ from, by, protocol, delayMs }) => [from, by, protocol, delayMs]),
    [
      ['app.example.com', 'relay.example.net', 'ESMTP', null],
      ['relay.example.net', 'mx.example.net', 'ESMTPS', 303_000],
    ],
  )
  assert.deepEqual(
    verdicts.map(({ method, result, about, tone }) => [method, result, about, tone]),
    [
      ['DKIM', 'pass', '@example.com', 'good'],
      ['SPF', 'softfail', 'bounce.example.com', 'bad'],
      ['DMARC', 'fail', 'example.com', 'bad'],
    ],
  )
})

test('what is none of them is said to be unknown, and no text costs more than its length', () => {
  assert.equal(explain('Dear Sir or Madam').kind, 'unknown')
  const started = performance.now()
  for (const piece of ['(', 'a: (\n ', '550-5', '\r\n\r\n', 'Final-Recipient:;\n\n', ';"']) {
    explain(piece.repeat(500_000 / piece.length))
  }
  assert.ok(performance.now() - started < 20_000)
})
