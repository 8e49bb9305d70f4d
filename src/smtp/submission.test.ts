import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllowedFrom } from '../core/credentials/restrictions.ts'
import type { Draft, Idempotency } from '../core/messages/accept-message.ts'
import { OutsideNetworks, type Sender } from '../core/messages/sender.ts'
import { Refusal } from '../lib/refusal.ts'
import { replyToRefusal } from './replies.ts'
import { submissionDoor } from './submission.ts'

const sender = {
  h1: Buffer.alloc(32),
  accountId: 'account',
  credentialId: 'credential',
  permission: 'sending_access',
  domainId: null,
  options: {},
} as unknown as Sender // what is left out is not looked at here

function doorFor(known: Sender = sender) {
  const accepted: { draft: Draft; idempotency: Idempotency | null }[] = []
  const used: string[] = []
  const outsiders: string[] = []
  const demandAllowed = (address: string) => {
    if (isAllowedFrom(known.options.sourceCidrs, address)) return known
    throw new OutsideNetworks(known)
  }
  const door = submissionDoor({
    senders: {
      find: async (_token, address) => demandAllowed(address),
      again: async (_sender, address) => demandAllowed(address),
      domain: async (_sender, name) =>
        name === 'example.com' ? ({ status: 'verified', domainId: 'this' } as never) : undefined,
    },
    door: {
      accept: async (_sender, [draft], idempotency) => {
        accepted.push({ draft: draft!, idempotency })
        return [draft?.id ?? '']
      },
    },
    notes: {
      signedIn: ({ credentialId }) => void used.push(credentialId),
      answered: () => {},
      outside: (_sender, address) => void outsiders.push(address),
    },
    clock: { now: () => Date.parse('2026-03-01T10:00:00Z') },
    hostname: 'mx.example.com',
  })
  return { door, accepted, used, outsiders }
}

const submission = {
  reversePath: 'secret@example.org',
  recipients: ['ada@example.net'],
  source: Buffer.from('From: shop@example.com\r\nResend-Idempotency-Key: k\r\n\r\nHello\r\n'),
  isSecure: true,
  isUtf8: false,
}

test('the trace tells host, protocol, id and time, and nothing of who submitted', async () => {
  for (const [isSecure, isUtf8, protocol] of [
    [true, false, 'ESMTPSA'],
    [false, false, 'ESMTPA'],
    [true, true, 'UTF8SMTPSA'],
    [false, true, 'UTF8SMTPA'],
  ] as const) {
    const { door, accepted } = doorFor()
    const { id } = await door.submit(sender, { ...submission, isSecure, isUtf8 })
    const [{ draft } = assert.fail('nothing was accepted')] = accepted
    assert.ok('raw' in draft.content)
    const text = draft.content.raw.toString()
    assert.equal(
      text.split('From:')[0],
      `Received: by mx.example.com with ${protocol} id ${id};\r\n\tSun, 01 Mar 2026 10:00:00 +0000\r\n` +
        `Message-ID: <${id}@example.com>\r\nDate: Sun, 01 Mar 2026 10:00:00 +0000\r\n`,
    )
    assert.doesNotMatch(text, /secret|Idempotency/)
  }
})

test('an idempotency key counts for the bytes and recipients as they came, not for what was added', async () => {
  const { door, accepted } = doorFor()
  for (const recipients of [['ada@example.net'], ['ada@example.net'], ['bob@example.net']]) {
    await door.submit(sender, { ...submission, recipients })
  }
  const [first, same, other] = accepted.map(({ idempotency }) => idempotency)
  assert.equal(first?.key, 'k')
  assert.deepEqual(same, first)
  assert.notDeepEqual(other?.body, first?.body)
})

test('a From of a domain that is not verified is refused before anything is stored', async () => {
  const { door, accepted, used } = doorFor()
  const source = Buffer.from('From: shop@other.example\r\n\r\nHello\r\n')
  await assert.rejects(
    door.submit(sender, { ...submission, source }),
    (error) => error instanceof Refusal && error.code === 'domain_not_verified',
  )
  assert.deepEqual([accepted, used], [[], []])
})

test('a key that is bound to networks is unknown from anywhere else, also in an open session', async () => {
  const options = { sourceCidrs: ['192.0.2.0/24', '2001:db8::/32'] }
  const { door, used, outsiders } = doorFor({ ...sender, options })
  for (const address of ['192.0.2.9', '::ffff:192.0.2.9', '2001:db8:1::1']) {
    await door.find('token', address)
    await door.again(sender, address)
  }
  assert.equal(used.length, 3)
  for (const address of ['192.0.3.9', '::ffff:192.0.3.9', '2001:db9::1', '::1', 'nowhere']) {
    for (const asked of [door.find('token', address), door.again(sender, address)]) {
      await assert.rejects(
        asked,
        (error) => error instanceof Refusal && error.code === 'invalid_key',
        address,
      )
    }
  }
  assert.equal(used.length, 3)
  assert.equal(outsiders.length, 10)
})

test('a key whose requests must be signed is refused with the reason, since SMTP has no signatures', async () => {
  const { door, used } = doorFor({ ...sender, options: { signatureKey: 'AAAA' } })
  await assert.rejects(door.find('token', '192.0.2.9'), (error) => {
    assert.ok(error instanceof Refusal)
    assert.match(replyToRefusal(error), /^535 5\.7\.8 This API key takes signed HTTP requests only/)
    return true
  })
  assert.deepEqual(used, [])
})

test('a key of several domains submits from each of them, and from no other', async () => {
  const bound = { ...sender, domainId: 'other', options: { domainIds: ['other', 'this'] } }
  const { door, accepted } = doorFor(bound)
  await door.submit(bound, submission)
  assert.equal(accepted.length, 1)
  const elsewhere = { ...bound, options: { domainIds: ['other', 'third'] } }
  await assert.rejects(
    door.submit(elsewhere, submission),
    (error) => error instanceof Refusal && error.code === 'not_permitted',
  )
  assert.equal(accepted.length, 1)
})
