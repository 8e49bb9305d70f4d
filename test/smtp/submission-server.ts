/** Submission on free ports, with everything real but what stands behind it: keys and messages live in this object. */

import { createSecureContext } from 'node:tls'
import type { Sender } from '../../src/core/messages/sender.ts'
import { makeSelfSigned } from '../../src/lib/certificate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import type { Submission } from '../../src/smtp/conversation.ts'
import type { SmtpLimits } from '../../src/smtp/limits.ts'
import type { AnsweredMessage } from '../../src/smtp/notes.ts'
import { type SmtpServer, startSmtp } from '../../src/smtp/server.ts'

export const key = 'pst_test_key'

const pair = makeSelfSigned({
  dnsNames: ['mail.example.com'],
  addresses: ['127.0.0.1'],
  from: new Date(Date.now() - 60_000),
  days: 2,
})
const context = createSecureContext({ cert: pair.certificate, key: pair.key })

const sender: Sender = {
  h1: Buffer.alloc(32, 1),
  accountId: '00000000-0000-7000-8000-000000000001',
  credentialId: '00000000-0000-7000-8000-000000000002',
  permission: 'full_access',
  domainId: null,
  options: {},
  usedToday: null,
  logsBodies: false,
  limits: {
    accountId: '00000000-0000-7000-8000-000000000001',
    state: 'active',
    reason: null,
    requestsPerSecond: 1_000_000,
    dailyQuota: null,
    domainsMax: 10,
    keysMax: 10,
  } as Sender['limits'],
}

export interface TestSubmission extends SmtpServer {
  received: Submission[]
  /** What was noted for the account. */
  answered: AnsweredMessage[]
  faults: unknown[]
  /** What the door refuses from now on, by its step; a function decides for each message. */
  refuse: { find?: Refusal; again?: Refusal; submit?: (submission: Submission) => unknown }
  /** Messages are stored only once this resolves. */
  hold: Promise<void> | undefined
  /** Messages that were handed over so far, also those that wait. */
  atDoor: number
  requestsPerSecond: number
  withoutCertificate: boolean
}

export async function startSubmission(
  options: { limits?: Partial<SmtpLimits>; trustsLoopback?: boolean } = {},
): Promise<TestSubmission> {
  const state: Omit<TestSubmission, keyof SmtpServer> = {
    received: [],
    answered: [],
    faults: [],
    refuse: {},
    hold: undefined,
    atDoor: 0,
    requestsPerSecond: 1_000_000,
    withoutCertificate: false,
  }
  const asNow = (): Sender => ({
    ...sender,
    limits: {
      ...sender.limits,
      get requestsPerSecond() {
        return state.requestsPerSecond
      },
    },
  })
  const server = await startSmtp({
    host: '127.0.0.1',
    smtpPort: 0,
    smtpsPort: 0,
    hostname: 'mail.example.com',
    clock: systemClock,
    secureContext: () => (state.withoutCertificate ? undefined : context),
    trustsLoopback: options.trustsLoopback ?? true,
    onFault: (error) => state.faults.push(error),
    limits: { sweepMs: 20, ...options.limits },
    door: {
      async find(token) {
        if (state.refuse.find) throw state.refuse.find
        if (token === key) return asNow()
        throw new Refusal('invalid_key', 'API key is invalid')
      },
      async again() {
        if (state.refuse.again) throw state.refuse.again
        return asNow()
      },
      async submit(_sender, submission) {
        state.atDoor++
        await state.hold
        const refusal = state.refuse.submit?.(submission)
        if (refusal) throw refusal
        state.received.push(submission)
        return { id: `message-${state.received.length}` }
      },
      answered: (_sender, message) => void state.answered.push(message),
    },
  })
  return Object.assign(state, server)
}
