import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import {
  bodyHash,
  publicKeyRecord,
  readSignedHeaders,
  signatureHeader,
  signatureInput,
  withSignature,
} from './dkim.ts'
import { RawMessageFault } from './raw-fault.ts'
import { readRawMessage, rewriteRawMessage } from './raw-message.ts'
import { rawFrom, rawHeadersToSign } from './raw-signing.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const record = publicKeyRecord(publicKey.export({ type: 'spki', format: 'der' }), { bare: true })

function signRaw(text: string): Buffer {
  const raw = readRawMessage(Buffer.from(text))
  const canonical = rawHeadersToSign(raw)
  const headers = readSignedHeaders(canonical)
  assert.equal(headers?.fromDomain, 'example.com')
  const unsigned = signatureHeader({
    domain: 'example.com',
    selector: 's1',
    headerNames: headers.names,
    bodyHash: bodyHash(raw.bytes.subarray(raw.bodyOffset)),
    algorithm: 'rsa-sha256',
    timestamp: 1_767_322_800,
  })
  const signature = sign('sha256', signatureInput(canonical, unsigned), privateKey)
  return rewriteRawMessage(raw, {
    prepend: [['DKIM-Signature', withSignature(unsigned, signature)]],
  })
}

async function verdictOf(bytes: Buffer): Promise<string | undefined> {
  const { results } = await dkimVerify(bytes, { resolver: async () => [[record]] })
  return results[0]?.status.result
}

const from = 'From: a@example.com\r\n'

test('a raw message is signed so that a verifier that is not ours agrees', async () => {
  const messages = [
    `${from}\r\n`,
    `${from}\r\n\r\n\r\n`,
    `FROM:\ta@example.com\r\nsubject:  a \t b\r\n\t c  \r\nTo:\r\n b@example.net\r\n\r\nx  y \r\n`,
    `List-Unsubscribe: <a:1>\r\n${from}List-Unsubscribe: <a:2>\r\nMIME-Version: 1.0\r\n\r\nx\r\n`,
    `${from}Subject: Grüße aus Köln\r\nX-Name: 漢\r\n\r\nÄ\r\n.\r\n`,
    `Received: x\r\nReceived: y\r\n${from}Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n\r\nx\r\n`,
  ]
  for (const text of messages) {
    assert.equal(await verdictOf(signRaw(text)), 'pass', JSON.stringify(text))
    const forged = Buffer.concat([Buffer.from('Subject: forged\r\n'), signRaw(text)])
    assert.notEqual(await verdictOf(forged), 'pass', JSON.stringify(text))
  }
})

test('any folds, blanks and repeated fields are signed so that they verify', async () => {
  const piece = fc.string({ unit: fc.constantFrom('a', ' ', '\t', 'é', ':'), maxLength: 6 })
  const field = fc
    .tuple(fc.constantFrom('List-Unsubscribe', 'mime-version', 'X-A'), piece, fc.array(piece))
    .map(
      ([name, first, folds]) => `${name}:${first}${folds.map((f) => `\r\n\t${f}z`).join('')}\r\n`,
    )
  const body = fc.array(piece.map((line) => `${line}\r\n`)).map((lines) => lines.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 6 }), body, async (fields, text) => {
      assert.equal(await verdictOf(signRaw(`${from}${fields.join('')}\r\n${text}`)), 'pass')
    }),
    { numRuns: 60 },
  )
})

test('of several with one name, the last is signed first (RFC 6376 §5.4.2)', () => {
  const text = `List-Unsubscribe: <a:1>\r\n${from}list-unsubscribe:\r\n <a:2>\r\nX: y\r\n\r\n`
  assert.equal(
    rawHeadersToSign(readRawMessage(Buffer.from(text))),
    'from:a@example.com\r\nlist-unsubscribe:<a:2>\r\nlist-unsubscribe:<a:1>\r\n',
  )
})

test('whatever is read, vault can read its lines', () => {
  const unlimited = ['MIME-Version', 'List-Unsubscribe', 'List-Unsubscribe-Post']
  const many = unlimited.flatMap((name) => Array.from({ length: 50 }, () => `${name}: x\r\n`))
  const names = ['To', 'Cc', 'Subject', 'Date', 'Message-ID', 'Reply-To', 'In-Reply-To']
  const once = [...names, 'References', 'Content-Type', 'Content-Transfer-Encoding']
  const fields = [...many, ...once.map((name) => `${name}:\r\n\t漢\u000b\u007f\u0085 x\r\n`)].join(
    '',
  )
  const raw = readRawMessage(Buffer.from(`${from}${fields}\r\n`))
  assert.equal(readSignedHeaders(rawHeadersToSign(raw))?.names.length, 161)
})

test('the mailboxes of From are found through folds, quotes and encoded names', () => {
  const cases: [string, [name: string, address: string][]][] = [
    [' a@example.com', [['', 'a@example.com']]],
    ['Bob\r\n\t<bob@Example.com>', [['Bob', 'bob@example.com']]],
    [' =?utf-8?q?Zo=C3=AB?= <z@example.com>', [['Zoë', 'z@example.com']]],
    [
      ' "B, C" <b@example.com>,\r\n c@example.com',
      [
        ['B, C', 'b@example.com'],
        ['', 'c@example.com'],
      ],
    ],
  ]
  for (const [value, expected] of cases) {
    const mailboxes = rawFrom(readRawMessage(Buffer.from(`From:${value}\r\n\r\n`)))
    assert.deepEqual(
      mailboxes.map(({ name, address }) => [name, address]),
      expected,
    )
  }
})

test('a From that is a group, has comments or hides another address is refused with the fix', () => {
  const values = [
    '',
    'us: a@example.com, b@example.com;',
    'a@example.com (Cron Daemon)',
    'a@example.com,',
    '=?utf-8?q?=3Cb=40evil=2Etest=3E?= <a@example.com>',
    '=?x-unknown?q?a?= <a@example.com>',
  ]
  for (const value of values) {
    const raw = readRawMessage(Buffer.from(`Subject: x\r\nFrom: ${value}\r\n\r\n`))
    assert.throws(
      () => rawFrom(raw),
      (error) => {
        assert.ok(error instanceof RawMessageFault)
        assert.deepEqual([error.reason, error.line], ['bad_from', 2])
        assert.match(error.message, /^Line 2 .*<name@example\.com>\. [A-Z].*\.$/)
        return true
      },
    )
  }
})
