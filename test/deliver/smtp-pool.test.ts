import assert from 'node:assert/strict'
import { connect, Socket } from 'node:net'
import { test } from 'node:test'
import { destinationOf, NotAttempted } from '../../src/deliver/smtp/transaction.ts'
import { answered, closedPort, jobFor, testHost, testPool, unreachable } from './smtp-jobs.ts'

const many = (count: number) => Array.from({ length: count }, (_, i) => i)

test('one connection carries messages one after the other', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t)
  for (const _ of many(5)) answered(await pool.transact(jobFor(host)))
  assert.equal(host.connections, 1)
  assert.equal(host.messages.length, 5)
})

test('a load opens connections up to the maximum, and each message arrives once', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t, { connectionsMax: 3 })
  const answers = await Promise.all(many(300).map(() => pool.transact(jobFor(host))))
  assert.ok(answers.every((answer) => answered(answer).reply.code === 250))
  assert.deepEqual(
    { ...host.counts(), open: 0 },
    { messages: 300, unique: 300, duplicates: 0, connections: 3, open: 0 },
  )
})

test('messages to one destination leave in the order they came', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t, { connectionsMax: 1 })
  const jobs = many(50).map(() => jobFor(host))
  await Promise.all(jobs.map((job) => pool.transact(job)))
  assert.deepEqual(
    host.messages.map(({ recipients }) => recipients[0]),
    jobs.map(({ recipient }) => recipient),
  )
})

test('a connection carries no more than its share of messages', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t, { connectionsMax: 1, messagesPerConnection: 10 })
  await Promise.all(many(35).map(() => pool.transact(jobFor(host))))
  assert.equal(host.counts().unique, 35)
  assert.equal(host.connections, 4)
})

test('an idle connection says QUIT when its time is over', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t, { idleSeconds: 0.02 })
  answered(await pool.transact(jobFor(host)))
  await host.until(({ commands }) => commands.includes('QUIT'))
  await host.until((it) => it.counts().open === 0)
  answered(await pool.transact(jobFor(host)))
  assert.equal(host.connections, 2)
})

test('a kept connection that the host closed meanwhile costs nothing but a new one', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t)
  answered(await pool.transact(jobFor(host)))
  host.dropAll()
  answered(await pool.transact(jobFor(host)))
  assert.equal(host.connections, 2)
})

for (const [name, move] of [
  ['a 421', '421 4.7.0 Too many messages here'],
  ['a loss', { drop: true }],
] as const) {
  test(`${name} at MAIL on a kept connection is no answer: another is opened`, async (t) => {
    const host = await testHost(t, {
      script: ({ step, message }) => (step === 'mail' && message === 1 ? move : undefined),
    })
    const pool = testPool(t, { connectionsMax: 1 })
    const answers = await Promise.all(many(6).map(() => pool.transact(jobFor(host))))
    assert.ok(answers.every((answer) => answered(answer).reply.code === 250))
    assert.equal(host.counts().unique, 6)
    assert.equal(host.counts().duplicates, 0)
    assert.equal(host.connections, 6)
  })
}

test('a loss after the dot leaves only that message in doubt, not the one sent ahead', async (t) => {
  let drops = 0
  const host = await testHost(t, {
    script: async ({ step, until }) => {
      if (step !== 'dot' || ++drops > 1) return undefined
      await until('DATA\r\n')
      return { drop: true }
    },
  })
  const pool = testPool(t, { connectionsMax: 1 })
  const [first, second] = await Promise.all([
    pool.transact(jobFor(host)),
    pool.transact(jobFor(host)),
  ])
  assert.equal(unreachable(first).phase, 'dot')
  assert.equal(answered(second).reply.code, 250)
})

test('a dead host answers everything that waits, and is left alone for a while', async (t) => {
  const port = await closedPort()
  let now = 1_000_000
  let connects = 0
  const pool = testPool(t, {
    clock: { now: () => now },
    backoffSeconds: 5,
    connect: (address) => {
      connects += 1
      return connect(address)
    },
  })
  const answers = await Promise.all(many(100).map(() => pool.transact(jobFor({ port }))))
  assert.ok(answers.every((answer) => unreachable(answer).reason === 'the connection was refused'))
  unreachable(await pool.transact(jobFor({ port })))
  assert.equal(connects, 1)
  now += 5_001
  unreachable(await pool.transact(jobFor({ port })))
  assert.equal(connects, 2)
  now += 5_001
  unreachable(await pool.transact(jobFor({ port })))
  assert.equal(connects, 2)
  assert.equal(pool.inFlight(destinationOf({ host: '127.0.0.1', port, requiresTls: false })), 0)
})

test('dead and silent hosts do not slow another', async (t) => {
  const host = await testHost(t)
  const silent = await testHost(t, {
    script: ({ step }) => (step === 'greeting' ? { silent: true } : undefined),
  })
  const pool = testPool(t, { patience: { greetingSeconds: 60 } })
  const stuck = many(50).map(() => pool.transact(jobFor(silent)))
  for (const entry of stuck)
    entry.catch((error: unknown) => assert.ok(error instanceof NotAttempted))
  const answers = await Promise.all(many(200).map(() => pool.transact(jobFor(host))))
  assert.ok(answers.every((answer) => answered(answer).reply.code === 250))
  assert.equal(
    pool.inFlight(destinationOf({ host: '127.0.0.1', port: silent.port, requiresTls: false })),
    50,
  )
  assert.equal(silent.connections, 1)
})

test('a host that takes only one connection is served over that one', async (t) => {
  const host = await testHost(t, {
    script: ({ step, connection }) =>
      step === 'greeting' && connection > 1 ? '421 4.7.0 Too many connections' : undefined,
  })
  const pool = testPool(t)
  const answers = await Promise.all(many(40).map(() => pool.transact(jobFor(host))))
  assert.ok(answers.every((answer) => answered(answer).reply.code === 250))
  assert.equal(host.connections, 2)
  assert.equal(host.counts().unique, 40)
})

test('a destination without a connection gets one even when all slots are taken', async (t) => {
  const busy = await testHost(t)
  const other = await testHost(t)
  const pool = testPool(t, { connectionsTotalMax: 2, connectionsMax: 2 })
  const first = many(400).map(() => pool.transact(jobFor(busy)))
  await busy.until(({ messages }) => messages.length > 20)
  answered(await pool.transact(jobFor(other)))
  assert.ok(busy.messages.length < 400)
  await Promise.all(first)
  assert.equal(busy.counts().unique, 400)
  assert.equal(busy.counts().duplicates, 0)
})

test('many destinations share few slots, and all are served', async (t) => {
  const hosts = await Promise.all(many(10).map(() => testHost(t)))
  const pool = testPool(t, { connectionsTotalMax: 3 })
  const jobs = many(300).map((i) => pool.transact(jobFor(hosts[i % 10]!)))
  const answers = await Promise.all(jobs)
  assert.ok(answers.every((answer) => answered(answer).reply.code === 250))
  assert.deepEqual(
    hosts.map((host) => host.counts().unique),
    many(10).map(() => 30),
  )
})

test('the addresses of a name are tried in their order', async (t) => {
  const host = await testHost(t)
  const closed = await closedPort()
  const tried: string[] = []
  const pool = testPool(t, {
    lookup: async () => ['127.0.0.2', '127.0.0.1'],
    connect: ({ host: address, port }) => {
      tried.push(address)
      return connect({ host: '127.0.0.1', port: address === '127.0.0.2' ? closed : port })
    },
  })
  const answer = answered(await pool.transact(jobFor(host, { host: 'mx.receiver.test' })))
  assert.deepEqual(tried, ['127.0.0.2', '127.0.0.1'])
  assert.equal(answer.host, 'mx.receiver.test')
  assert.equal(answer.remoteAddress, '127.0.0.1')
})

test('a name that cannot be resolved is unreachable', async (t) => {
  const pool = testPool(t, { lookup: () => Promise.reject(new Error('SERVFAIL')) })
  const answer = unreachable(await pool.transact(jobFor({ port: 25 }, { host: 'mx.test' })))
  assert.equal(answer.reason, 'the name of the host could not be resolved')
  assert.equal(answer.remoteAddress, null)
})

test('a connection that is never made is given up in time', async (t) => {
  const pool = testPool(t, { patience: { connectSeconds: 0.03 }, connect: () => new Socket() })
  const answer = unreachable(await pool.transact(jobFor({ port: 25 })))
  assert.equal(answer.phase, 'connect')
  assert.equal(answer.reason, 'no connection within 0.03 s')
})

test('what waits too long for its turn is given back unattempted', async (t) => {
  const host = await testHost(t, {
    script: ({ step }) => (step === 'dot' ? { silent: true } : undefined),
  })
  const pool = testPool(t, { connectionsMax: 1, waitSeconds: 0.05 })
  const [first, ahead, ...others] = many(4).map(() => pool.transact(jobFor(host)))
  const results = await Promise.allSettled(others)
  assert.ok(results.every((it) => it.status === 'rejected' && it.reason instanceof NotAttempted))
  host.dropAll()
  assert.equal(unreachable(await first!).phase, 'dot')
  await pool.stop({ drainSeconds: 0 })
  await Promise.allSettled([ahead])
})

test('stopping finishes what runs, gives back what waits, and says QUIT', async (t) => {
  const gate = Promise.withResolvers<void>()
  const host = await testHost(t, {
    script: async ({ step }) => {
      if (step === 'data') await gate.promise
      return undefined
    },
  })
  const pool = testPool(t, { connectionsMax: 1 })
  const running = pool.transact(jobFor(host))
  const waiting = pool.transact(jobFor(host))
  await host.until(({ commands }) => commands.includes('DATA'))
  const stopped = pool.stop({ drainSeconds: 30 })
  await assert.rejects(waiting, NotAttempted)
  await assert.rejects(pool.transact(jobFor(host)), NotAttempted)
  gate.resolve()
  assert.equal(answered(await running).reply.code, 250)
  await stopped
  await host.until(({ commands }) => commands.includes('QUIT'))
})

for (const [step, outcome] of [
  ['rcpt', 'not attempted'],
  ['dot', 'in doubt'],
] as const) {
  test(`stopping does not wait for ever: a message cut at ${step} is ${outcome}`, async (t) => {
    const reached = Promise.withResolvers<void>()
    const host = await testHost(t, {
      script: (heard) => {
        if (heard.step !== step) return undefined
        reached.resolve()
        return { silent: true }
      },
    })
    const pool = testPool(t)
    const running = pool.transact(jobFor(host))
    const settled = Promise.allSettled([running])
    await reached.promise
    await pool.stop({ drainSeconds: 0.05 })
    const [result] = await settled
    if (outcome === 'in doubt') assert.equal(unreachable(await running).phase, 'dot')
    else assert.ok(result!.status === 'rejected' && result!.reason instanceof NotAttempted)
  })
}

test('a mail host that is killed and comes back loses nothing that waits for it', async (t) => {
  const host = await testHost(t)
  const pool = testPool(t, { backoffSeconds: 0 })
  const jobs = many(500).map(() => jobFor(host))
  const outcomes = jobs.map((job) => pool.transact(job))
  await host.until(({ messages }) => messages.length > 50)
  host.dropAll()
  const answers = await Promise.all(outcomes)
  const doubtful = answers.filter((answer) => answer.kind === 'unreachable')
  assert.ok(doubtful.every((answer) => answer.phase === 'dot'))
  assert.ok(doubtful.length <= 4)
  const again = jobs.filter((_, i) => answers[i]!.kind === 'unreachable')
  await Promise.all(again.map((job) => pool.transact(job)))
  assert.equal(host.counts().unique, 500)
  assert.ok(host.counts().duplicates <= doubtful.length)
})
