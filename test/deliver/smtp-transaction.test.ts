import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usualCapabilities } from '../support/mail-host.ts'
import { answered, jobFor, testHost, testPool, unreachable } from './smtp-jobs.ts'

const notPipelining = usualCapabilities.filter((name) => name !== 'PIPELINING')

test('a message arrives as it was given, and the answer says how it went', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t)
  const message = [Buffer.from('Subject: x\r\n\r\n..dot\r\n'), Buffer.from('end\r\n')]
  const job = jobFor(host, { message, bytes: 24 })
  const answer = answered(await pool.transact(job))
  assert.equal(answer.reply.code, 250)
  assert.equal(answer.reply.enhanced, '2.0.0')
  assert.equal(answer.phase, 'dot')
  assert.equal(answer.tls, null)
  assert.equal(answer.remoteAddress, '127.0.0.1')
  assert.equal(host.messages[0]!.source.toString(), 'Subject: x\r\n\r\n.dot\r\nend\r\n')
  assert.deepEqual(host.messages[0]!.recipients, [job.recipient])
  assert.deepEqual(answer.conversation.slice(-8), [
    'C: MAIL FROM:<bounce@sender.test> SIZE=24',
    `C: RCPT TO:<${job.recipient}>`,
    'C: DATA',
    'S: 250 2.1.0 Ok',
    'S: 250 2.1.5 Ok',
    'S: 354 Go ahead',
    'C: .',
    'S: 250 2.0.0 Taken',
  ])
  assert.equal(answer.conversation[0], 'S: 220 mail-host.test ESMTP')
})

test('with PIPELINING the envelope leaves in one write, before the first reply', async (t) => {
  const host = await testHost(t, {
    script: async ({ step, until }) => {
      if (step === 'mail') await until('DATA\r\n')
      return undefined
    },
  })
  const answer = answered(await testPool(t).transact(jobFor(host)))
  assert.equal(answer.reply.code, 250)
})

test('with PIPELINING the next envelope leaves together with the final dot', async (t) => {
  const host = await testHost(t, {
    script: async ({ step, message, until }) => {
      if (step === 'dot' && message === 1) await until('DATA\r\n')
      return undefined
    },
  })
  const pool = testPool(t, { connectionsMax: 1 })
  const answers = await Promise.all([pool.transact(jobFor(host)), pool.transact(jobFor(host))])
  assert.deepEqual(
    answers.map((answer) => answered(answer).reply.code),
    [250, 250],
  )
  assert.equal(host.counts().unique, 2)
  assert.equal(host.connections, 1)
})

test('without PIPELINING each command waits for the reply to the one before', async (t) => {
  const host = await testHost(t, {
    capabilities: notPipelining,
    script: ({ step, text }) =>
      step === 'rcpt' && text.includes('no-') ? '550 5.1.1 No such user' : undefined,
  })
  const pool = testPool(t, { connectionsMax: 1 })
  const refused = pool.transact(jobFor(host, { recipient: 'no-one@receiver.test' }))
  const answers = await Promise.all([refused, ...[1, 2, 3].map(() => pool.transact(jobFor(host)))])
  assert.deepEqual(
    answers.map((answer) => answered(answer).reply.code),
    [550, 250, 250, 250],
  )
  assert.equal(host.earlyInputs, 0)
  assert.equal(host.connections, 1)
})

test('a refused EHLO is followed by HELO, and then nothing is assumed', async (t) => {
  const host = await testHost(t, {
    capabilities: [],
    script: ({ step }) => (step === 'ehlo' ? '502 5.5.1 What?' : undefined),
  })
  const answer = answered(await testPool(t).transact(jobFor(host, { eightBit: true })))
  assert.equal(answer.reply.code, 250)
  assert.ok(host.commands.includes('HELO client.test'))
  assert.ok(host.commands.includes('MAIL FROM:<bounce@sender.test>'))
})

test('BODY and SMTPUTF8 are said where needed and offered', async (t) => {
  const host = await testHost(t)
  const recipient = 'jürgen@receiver.test'
  const job = jobFor(host, { recipient, eightBit: true, smtpUtf8: true, mailFrom: '' })
  answered(await testPool(t).transact(job))
  assert.equal(host.commands[1], `MAIL FROM:<> SIZE=${job.bytes} BODY=8BITMIME SMTPUTF8`)
  assert.equal(host.messages[0]!.recipients[0], recipient)
})

test('a host without SMTPUTF8 cannot get a message that needs it: our own 5.6.7', async (t) => {
  const host = await testHost(t, { capabilities: ['PIPELINING', '8BITMIME'] })
  const pool = testPool(t)
  const answer = answered(await pool.transact(jobFor(host, { smtpUtf8: true })))
  assert.equal(answer.reply.code, 553)
  assert.equal(answer.reply.enhanced, '5.6.7')
  assert.deepEqual(answer.reply.lines, [
    '5.6.7 The host does not offer SMTPUTF8, which an address or header with letters beyond ASCII needs',
  ])
  assert.ok(!host.commands.some((command) => command.startsWith('MAIL')))
  assert.equal(answered(await pool.transact(jobFor(host))).reply.code, 250)
})

test('a message above the SIZE of the host is not offered', async (t) => {
  const host = await testHost(t, { capabilities: ['PIPELINING', 'SIZE 1000'] })
  const answer = answered(await testPool(t).transact(jobFor(host, { bytes: 1001 })))
  assert.equal(answer.reply.code, 552)
  assert.equal(answer.reply.enhanced, '5.3.4')
  assert.ok(!host.commands.some((command) => command.startsWith('MAIL')))
})

for (const capabilities of [usualCapabilities, notPipelining]) {
  const how = capabilities === usualCapabilities ? 'with' : 'without'
  for (const [step, phase] of [
    ['mail', 'mail'],
    ['rcpt', 'rcpt'],
    ['data', 'data'],
    ['dot', 'dot'],
  ] as const) {
    test(`${how} PIPELINING a no to ${step} is the answer, and the connection goes on`, async (t) => {
      let refusals = 0
      const host = await testHost(t, {
        capabilities,
        script: (heard) =>
          heard.step === step && ++refusals === 1 ? '550-5.7.1 No,\r\n550 5.7.1 never' : undefined,
      })
      const pool = testPool(t, { connectionsMax: 1 })
      const [first, second] = await Promise.all([
        pool.transact(jobFor(host)),
        pool.transact(jobFor(host)),
      ])
      const answer = answered(first)
      assert.equal(answer.phase, phase)
      assert.deepEqual(answer.reply, {
        code: 550,
        enhanced: '5.7.1',
        lines: ['5.7.1 No,', '5.7.1 never'],
      })
      assert.ok(answer.conversation.includes('S: 550-5.7.1 No,'))
      assert.equal(answered(second).reply.code, 250)
      assert.equal(host.connections, 1)
      assert.equal(host.messages.length, 1)
      // A host that accepted MAIL must forget it before the next one.
      const resets = host.commands.filter((command) => command === 'RSET').length
      assert.equal(resets, step === 'rcpt' || step === 'data' ? 1 : 0)
    })
  }
}

test('a 354 after a refused recipient gets the lone dot, and RCPT is the answer', async (t) => {
  const host = await testHost(t, {
    script: ({ step, text, message }) => {
      if (message > 0) return undefined
      if (step === 'rcpt') return '550 5.1.1 No such user'
      return step === 'data'
        ? '354 Go ahead anyway'
        : text === '' && step === 'dot'
          ? '554 5.5.0 Empty'
          : undefined
    },
  })
  const pool = testPool(t, { connectionsMax: 1 })
  const [first, second] = await Promise.all([
    pool.transact(jobFor(host)),
    pool.transact(jobFor(host)),
  ])
  assert.equal(answered(first).phase, 'rcpt')
  assert.equal(answered(first).reply.enhanced, '5.1.1')
  assert.equal(answered(second).reply.code, 250)
  assert.equal(host.connections, 1)
})

test('a 354 for a recipient accepted without a sender sends nothing to anybody', async (t) => {
  const host = await testHost(t, {
    script: ({ step }) => {
      if (step === 'mail') return '451 4.3.0 Not now'
      if (step === 'rcpt') return '250 Fine'
      return step === 'data' ? '354 Go ahead' : undefined
    },
  })
  const answer = answered(await testPool(t).transact(jobFor(host)))
  assert.equal(answer.phase, 'mail')
  assert.equal(answer.reply.code, 451)
  assert.equal(host.messages.length, 0)
})

test('a large message arrives whole', async (t) => {
  const host = await testHost(t)
  const line = `${'x'.repeat(998)}\r\n`
  const message = Buffer.from(`Subject: large\r\n\r\n${line.repeat(3000)}`)
  const answer = answered(
    await testPool(t).transact(jobFor(host, { message, bytes: message.length })),
  )
  assert.equal(answer.reply.code, 250)
  assert.ok(host.messages[0]!.source.equals(message))
})

test('a connection lost after the final dot leaves in doubt whether the message was taken', async (t) => {
  const host = await testHost(t, {
    script: ({ step }) => (step === 'dot' ? { drop: true } : undefined),
  })
  const answer = unreachable(await testPool(t).transact(jobFor(host)))
  assert.equal(answer.phase, 'dot')
  assert.match(answer.reason, /unknown whether the message was taken/)
})

test('a connection lost in the middle of a large message is not in doubt', async (t) => {
  const host = await testHost(t, {
    script: ({ step }) => (step === 'message' ? { drop: true } : undefined),
  })
  const message = Buffer.alloc(20_000_000, 'x')
  const answer = unreachable(await testPool(t).transact(jobFor(host, { message })))
  assert.equal(answer.phase, 'data')
})

for (const step of ['greeting', 'ehlo', 'mail', 'rcpt', 'data'] as const) {
  test(`a new connection lost at ${step} is unreachable`, async (t) => {
    const host = await testHost(t, {
      script: (heard) => (heard.step === step ? { drop: true } : undefined),
    })
    const answer = unreachable(await testPool(t).transact(jobFor(host)))
    assert.equal(answer.phase, step)
    assert.equal(answer.reason, 'the host closed the connection')
  })

  test(`a host that says nothing at ${step} is given up in time`, async (t) => {
    const host = await testHost(t, {
      script: (heard) => (heard.step === step ? { silent: true } : undefined),
      capabilities: notPipelining,
    })
    const patience = { greetingSeconds: 0.05, commandSeconds: 0.05, dataSeconds: 0.05 }
    const answer = unreachable(await testPool(t, { patience }).transact(jobFor(host)))
    assert.equal(answer.phase, step)
    assert.match(answer.reason, /^no (greeting|reply) within 0.05 s$/)
  })
}

for (const code of ['421', '450', '554']) {
  test(`a ${code} greeting is unreachable: it says nothing of the recipient`, async (t) => {
    const host = await testHost(t, {
      script: ({ step }) => (step === 'greeting' ? `${code} Go away` : undefined),
    })
    const answer = unreachable(await testPool(t).transact(jobFor(host)))
    assert.equal(answer.phase, 'greeting')
    assert.equal(answer.reason, `the connection was answered with ${code}`)
    assert.deepEqual(answer.conversation, [`S: ${code} Go away`])
  })
}

for (const step of ['mail', 'rcpt', 'data', 'dot'] as const) {
  test(`a 421 to ${step} on a new connection is the answer`, async (t) => {
    const host = await testHost(t, {
      script: (heard) => (heard.step === step ? '421 4.3.2 Closing' : undefined),
    })
    const answer = answered(await testPool(t).transact(jobFor(host)))
    assert.equal(answer.reply.code, 421)
    assert.equal(answer.phase, step)
  })
}

const malformed: [string, string][] = [
  ['words without a code', 'hello there'],
  ['a code that is none', '999 hello'],
  ['different codes in one reply', '250-yes\r\n550 no'],
  ['a line without end', `250 ${'x'.repeat(5000)}`],
  ['a reply without end', `${`250-${'x'.repeat(1000)}\r\n`.repeat(80)}250 end`],
  ['a 354 to RCPT', '354 what'],
]
for (const [name, reply] of malformed) {
  test(`${name}: the connection ends, and nothing is believed`, async (t) => {
    const host = await testHost(t, {
      script: ({ step }) => (step === 'rcpt' ? reply : undefined),
    })
    const answer = unreachable(await testPool(t).transact(jobFor(host)))
    assert.equal(answer.phase, 'rcpt')
    assert.match(answer.reason, /malformed reply|does not fit/)
    assert.equal(host.messages.length, 0)
  })
}

test('the conversation is bounded', async (t) => {
  const reply = `${`550-${'y'.repeat(800)}\r\n`.repeat(70)}550 end`
  const host = await testHost(t, { script: ({ step }) => (step === 'rcpt' ? reply : undefined) })
  const answer = answered(await testPool(t).transact(jobFor(host)))
  assert.ok(answer.conversation.length <= 64)
  assert.ok(answer.conversation.every((line) => line.length <= 520))
})

test('an address that would smuggle a command never reaches the wire', async (t) => {
  const host = await testHost(t)
  const recipient = 'a@b.test>\r\nRCPT TO:<victim@b.test'
  await assert.rejects(testPool(t).transact(jobFor(host, { recipient })), RangeError)
  assert.equal(host.connections, 0)
})
