/** Orders of certificates, from the request of smtp to the chain it takes up, at a real authority and over the real api. */
import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { examineChain } from '../../src/core/certificates/issued-chain.ts'
import type { OrderFailure } from '../../src/core/certificates/order-failure.ts'
import {
  findCertificate,
  findDueCertificate,
  requestCertificate,
  storeChallenge,
} from '../../src/core/certificates/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { accountKeyFile, readAccountKey } from '../../src/jobs/account-key.ts'
import { AcmeLibrary } from '../../src/jobs/acme-library.ts'
import { type OrderDeps, orderCertificate } from '../../src/jobs/acme-order.ts'
import { Certificates, openCertificatesStore } from '../../src/jobs/certificates.ts'
import { makeSelfSigned, makeSigningRequest, publicKeyHash } from '../../src/lib/certificate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { openLog } from '../../src/process/log.ts'
import { type RunningApi, startApi } from '../api/running-api.ts'
import { type AcmeServer, startAcmeServer } from '../support/acme-server.ts'
import { makeAuthority } from '../support/test-authority.ts'

const hostname = 'mail.postern.test'
const hourMs = 3_600_000
const dayMs = 24 * hourMs

let api: RunningApi
let acme: AcmeServer
let jobs: Pool
let smtp: Pool
let ops: Pool
let tickets: { jobs: Buffer; smtp: Buffer }
let folder: string
const library = new AcmeLibrary()
let logged = ''

before(async () => {
  await library.load({ acme: 'https://localhost' })
  api = await startApi()
  const { database } = api
  jobs = openPool(database.logins.jobs, { connectionsMax: 2 })
  smtp = openPool(database.logins.smtp, { connectionsMax: 1 })
  ops = openPool(database.logins.ops, { connectionsMax: 1 })
  tickets = { jobs: await database.ticket('jobs'), smtp: await database.ticket('smtp') }
  folder = mkdtempSync(join(tmpdir(), 'certificates-'))
})
beforeEach(async () => {
  await acme?.stop()
  acme = await startAcmeServer()
  acme.httpPort = async () => Number(new URL(api.url).port)
  await api.database.query('delete from private.certificates')
})
after(async () => {
  await Promise.all([acme.stop(), jobs.end(), smtp.end(), ops.end()])
  await api.end()
  rmSync(folder, { recursive: true })
})

function newKey(): string {
  return makeSelfSigned({ dnsNames: [hostname], addresses: [], from: new Date(), days: 1 }).key
}

/** As smtp asks at each look. */
function ask(key: string, name = hostname): Promise<string | null> {
  return requestCertificate(smtp, tickets.smtp, {
    hostname: name,
    directory: acme.directory,
    keyHash: publicKeyHash(key),
    request: makeSigningRequest(key, name),
  })
}

interface Changes extends Partial<OrderDeps> {
  random?: number
}

function certificates({ random = 0, ...changes }: Changes = {}): Certificates {
  const deps: OrderDeps = {
    library,
    directory: acme.directory,
    email: 'postmaster@postern.test',
    ca: acme.ca,
    resolve: async () => ['127.0.0.1'],
    signal: new AbortController().signal,
    accountKey: () => readAccountKey(folder),
    publish: (challenge) => storeChallenge(jobs, tickets.jobs, challenge),
    ...changes,
  }
  return new Certificates({
    store: openCertificatesStore(jobs, tickets.jobs),
    hostname,
    order: (ordered) => orderCertificate(ordered, deps),
    clock: systemClock,
    random: () => random,
    log: openLog('jobs', {
      write(line) {
        logged += line
      },
    }),
  })
}

async function facts() {
  const found = await findCertificate(ops, tokenProof(api.database.operatorToken), hostname)
  return found ?? assert.fail('nothing was asked for')
}

async function makeDue(): Promise<void> {
  await api.database.query('update private.certificates set due_at = now()')
}

test('what smtp asks for is ordered, and smtp finds the chain for its key', async () => {
  const key = newKey()
  assert.equal(await ask(key), null)
  await certificates().run()
  const chain = await ask(key)
  assert.equal(chain, acme.issued[0]!.chain)
  const wanted = { hostname, keyHash: publicKeyHash(key), nowMs: Date.now() }
  assert.equal(examineChain(chain!, wanted).fault, null)
  assert.deepEqual(acme.contacts[0], ['mailto:postmaster@postern.test'])
  const left = await api.database.query('select from private.challenges')
  assert.equal(left.length, 0)
})

test('it is ordered again with a third of its lifetime left, from the same account, and not before', async () => {
  const key = newKey()
  await ask(key)
  await certificates().run()
  const { dueAt, validUntil } = await facts()
  const thirdMs = (90 * dayMs + hourMs) / 3
  assert.ok(Math.abs(validUntil!.getTime() - dueAt.getTime() - thirdMs) < 60_000)
  await certificates().run()
  assert.equal(acme.orders, 1)
  await makeDue()
  await certificates().run()
  assert.equal(acme.orders, 2)
  assert.equal(acme.accounts, 1)
  assert.equal(await ask(key), acme.issued[1]!.chain)
})

test('the key of the account is made once, for its owner only', () => {
  const first = readAccountKey(folder)
  assert.equal(readAccountKey(folder), first)
  assert.equal(statSync(join(folder, accountKeyFile)).mode & 0o777, 0o600)
  assert.throws(() => readAccountKey(join(folder, 'missing')), { failure: 'account_key' })
})

test('another key of smtp is asked for anew, and what was ordered for the earlier one is not stored', async () => {
  const [first, second] = [newKey(), newKey()]
  await ask(first)
  const store = openCertificatesStore(jobs, tickets.jobs)
  const due = await store.findDue(hostname)
  await certificates({
    publish: async (challenge) => {
      await ask(second)
      await storeChallenge(jobs, tickets.jobs, challenge)
    },
  }).run()
  assert.equal(acme.issued.length, 1)
  assert.equal(await ask(second), null)
  const now = await store.findDue(hostname)
  assert.notDeepEqual(now!.keyHash, due!.keyHash)
  await certificates().run()
  assert.equal(await ask(second), acme.issued[1]!.chain)
})

test('another authority is asked anew; what the one before issued is no longer shown', async () => {
  const key = newKey()
  await ask(key)
  await certificates().run()
  await acme.stop()
  acme = await startAcmeServer()
  acme.httpPort = async () => Number(new URL(api.url).port)
  assert.equal(await ask(key), null)
  await certificates().run()
  assert.equal(await ask(key), acme.issued[0]!.chain)
})

test('a name that is not that of the settings is never ordered, whatever smtp asks for', async () => {
  await ask(newKey(), 'other.postern.test')
  await certificates().run()
  assert.equal(acme.orders, 0)
})

const failures: Record<string, { code: OrderFailure; set: (key: string) => Changes | undefined }> =
  {
    'refused for its rate': { code: 'rate_limited', set: () => refuse(429, 'rateLimited') },
    'refused for its name': { code: 'name_refused', set: () => refuse(400, 'rejectedIdentifier') },
    'refused for a reason of the protocol': {
      code: 'authority_fault',
      set: () => refuse(400, 'malformed'),
    },
    'met by a fault of the authority': {
      code: 'authority_fault',
      set: () => refuse(500, 'serverInternal'),
    },
    'sent to an authority we do not trust': {
      code: 'unreachable',
      set: () => ({ ca: makeAuthority().root }),
    },
    'sent to an authority without TLS': {
      code: 'unreachable',
      set: () => ({ directory: acme.directory.replace('https', 'http') }),
    },
    'not reached under the name': {
      code: 'challenge_unreachable',
      set: () => {
        acme.httpPort = () => Promise.reject(new Error('closed'))
        return undefined
      },
    },
    'answered under the name by what knows no challenge': {
      code: 'challenge_wrong',
      set: () => ({ publish: async () => {} }),
    },
    'answered with a certificate of another key': {
      code: 'unusable',
      set: (key) => {
        acme.tamper = () => forged(key, 'key')
        return undefined
      },
    },
    'answered with a certificate of another name': {
      code: 'unusable',
      set: (key) => {
        acme.tamper = () => forged(key, 'name')
        return undefined
      },
    },
    'answered with a certificate that has run out': {
      code: 'unusable',
      set: () => {
        acme.validity = () => ({ from: new Date(0), until: new Date(1000) })
        return undefined
      },
    },
    'answered with a chain that is none': {
      code: 'unusable',
      set: () => {
        acme.tamper = broken
        return undefined
      },
    },
  }

function refuse(status: number, type: string): undefined {
  acme.refusal = { status, type }
}

function forged(key: string, what: 'key' | 'name'): string {
  const other = makeSelfSigned({
    dnsNames: [what === 'name' ? 'other.postern.test' : hostname],
    addresses: [],
    from: new Date(Date.now() - hourMs),
    days: 2,
  })
  if (what === 'key') return other.certificate
  return acme.authority.issue(createPublicKey(key), 'other.postern.test', acme.validity())
}

function broken(chain: string): string {
  const [own = ''] = chain.split(/(?<=-----END CERTIFICATE-----\n)/)
  return own + makeAuthority().root
}

for (const [title, { code, set }] of Object.entries(failures)) {
  test(`an order that is ${title} is put off as ${code}, and the chain of before stays`, async () => {
    const key = newKey()
    await ask(key)
    await certificates().run()
    const before = await ask(key)
    await makeDue()
    await certificates({ random: 0.5, ...(set(key) ?? {}) }).run()
    const { failureCode, failures: count, dueAt, failedAt } = await facts()
    assert.deepEqual([failureCode, count], [code, 1])
    const delayMs = dueAt.getTime() - failedAt!.getTime()
    assert.ok(Math.abs(delayMs - 2 * 60_000) < 30_000, `${delayMs}`)
    assert.equal(await ask(key), before)
  })
}

test('after a success the failures are forgotten', async () => {
  const key = newKey()
  await ask(key)
  acme.refusal = { status: 429, type: 'rateLimited' }
  await certificates().run()
  await makeDue()
  await certificates().run()
  const { failures: count, failureCode, failedAt } = await facts()
  assert.deepEqual([count, failureCode, failedAt], [0, null, null])
})

test('when the authority says how long to wait, that long is waited, and no process waits for it', async () => {
  await ask(newKey())
  acme.refusal = { status: 429, type: 'rateLimited', retryAfter: '7200' }
  await certificates().run()
  const { dueAt, failedAt } = await facts()
  assert.ok(Math.abs(dueAt.getTime() - failedAt!.getTime() - 2 * hourMs) < 60_000)
})

test('a stop ends an order that waits, and counts it as no failure', async () => {
  await ask(newKey())
  const stopping = new AbortController()
  let isLooking = () => {}
  const looked = new Promise<void>((resolve) => {
    isLooking = resolve
  })
  acme.httpPort = () => {
    isLooking()
    return new Promise(() => {})
  }
  const work = certificates({ signal: stopping.signal })
  const run = work.run()
  // A run that ends by itself has not come so far.
  await Promise.race([looked, run.then(() => assert.fail('it has not looked'))])
  work.stop()
  stopping.abort()
  await run
  assert.equal((await facts()).failures, 0)
  assert.ok(await findDueCertificate(jobs, tickets.jobs, hostname))
})

test('an authority that never answers is given up', async () => {
  await ask(newKey())
  const sockets: Socket[] = []
  const silent = createServer((socket) => void sockets.push(socket))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  await certificates({ directory: `https://localhost:${port}/directory`, totalMs: 200 }).run()
  assert.equal((await facts()).failureCode, 'timeout')
  for (const socket of sockets) socket.destroy()
  silent.close()
})

test('the log tells what failed, and nothing of names, addresses or what the authority wrote', () => {
  assert.match(logged, /"code":"rate_limited"/)
  assert.match(logged, /"event":"certificate issued"/)
  assert.doesNotMatch(logged, /postern\.test|@|words with|localhost/)
})
