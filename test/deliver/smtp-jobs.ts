/** Jobs, pools and mail hosts as the tests of the SMTP client need them; each ends with its test. */
import type { TestContext } from 'node:test'
import { createPool, type Pool, type PoolOptions } from '../../src/deliver/smtp/pool.ts'
import type { Answer, Answered, Job, Unreachable } from '../../src/deliver/smtp/transaction.ts'
import { type MailHost, type MailHostOptions, startMailHost } from '../support/mail-host.ts'

let sequence = 0

export function jobFor({ port }: { port: number }, changes: Partial<Job> = {}): Job {
  sequence += 1
  const message = Buffer.from(
    `From: a@sender.test\r\nSubject: [pb:t:${sequence}] hello\r\n\r\nHello ${sequence}\r\n`,
  )
  return {
    host: '127.0.0.1',
    port,
    mailFrom: 'bounce@sender.test',
    recipient: `someone-${sequence}@receiver.test`,
    message,
    bytes: message.length,
    eightBit: false,
    smtpUtf8: false,
    requiresTls: false,
    ...changes,
  }
}

export function testPool(t: TestContext, options: Partial<PoolOptions> = {}): Pool {
  const lookup = async () => ['127.0.0.1']
  const pool = createPool({ helloName: 'client.test', lookup, ...options })
  t.after(() => pool.stop({ drainSeconds: 0 }))
  return pool
}

export async function testHost(t: TestContext, options: MailHostOptions = {}): Promise<MailHost> {
  const host = await startMailHost(options)
  t.after(() => host.stop())
  return host
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const host = await startMailHost()
  await host.stop()
  return host.port
}

export function answered(answer: Answer): Answered {
  if (answer.kind !== 'answered') throw new Error(`unreachable: ${answer.reason}`)
  return answer
}

export function unreachable(answer: Answer): Unreachable {
  if (answer.kind !== 'unreachable') throw new Error(`answered: ${answer.reply.code}`)
  return answer
}
