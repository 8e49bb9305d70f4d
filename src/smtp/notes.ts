/** What is written down of sessions for their accounts: when keys were used, and how each message was answered. */
import type { Sender, Senders } from '../core/messages/sender.ts'
import { recordSubmissions } from '../core/requests/queries.ts'
import { type NotedRequest, RequestLog } from '../core/requests/request-log.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { uuidv7 } from '../lib/uuid.ts'
import type { Log } from '../process/log.ts'
import { type Reply, replies, statusOf } from './replies.ts'
import { Uses } from './uses.ts'

export interface NotesDeps {
  sql: Sql
  ticket: Buffer
  senders: Pick<Senders, 'session'>
  clock: Clock
  log: Log
}

/** A message that came to its end, whatever was said to it. */
export interface AnsweredMessage {
  reply: Reply
  /** From its last byte to the reply. */
  durationMs: number
  address: string
  /** How the client called itself in EHLO. */
  helloName: string
}

/** Beside the routes of HTTP, for messages and for signing in. */
const routes = { message: '/smtp', signIn: '/smtp/auth' } as const
const method = 'SMTP'

export class Notes {
  private readonly deps: NotesDeps
  private readonly uses: Uses
  private readonly requests: RequestLog

  constructor(deps: NotesDeps) {
    const { sql, ticket, senders, log } = deps
    this.deps = deps
    this.uses = new Uses(deps)
    this.requests = new RequestLog({
      record: (lines) => recordSubmissions(sql, ticket, lines),
      senders,
      log,
    })
  }

  signedIn(sender: Sender): void {
    this.uses.note(sender)
  }

  answered(sender: Sender, { reply, durationMs, address, helloName }: AnsweredMessage): void {
    const exchange = {
      bytes: reply.length,
      bodies: () => ({ request: null, response: reply }),
    }
    this.note(sender, {
      route: routes.message,
      status: statusOf(reply),
      durationMs,
      clientAddress: address,
      userAgent: helloName,
      isUse: true,
      exchange: sender.logsBodies ? exchange : null,
    })
  }

  /** A key was shown from where it may not be used; its client learns only that nobody has such a key. */
  outside(sender: Sender, address: string): void {
    const { accountId, credentialId } = sender
    this.deps.log.warn({ accountId, credentialId }, 'alarm: key used from outside its networks')
    this.note(sender, {
      route: routes.signIn,
      status: statusOf(replies.authKey),
      durationMs: 0,
      clientAddress: address,
      userAgent: '',
      isUse: false,
      exchange: null,
    })
  }

  /** Resolves when everything noted before is written, or has been given up. */
  async stop(): Promise<void> {
    await Promise.all([this.uses.stop(), this.requests.stop()])
  }

  private note(
    sender: Sender,
    line: Omit<NotedRequest, 'sender' | 'id' | 'atMs' | 'method'>,
  ): void {
    const atMs = this.deps.clock.now()
    this.requests.note({ ...line, sender, id: uuidv7(atMs), atMs, method })
  }
}
