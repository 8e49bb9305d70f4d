/** What the routes of console are given; nothing in this process is global. */
import type { FastifyRequest } from 'fastify'
import type { Settings } from '../config/settings.ts'
import type { SignedRow } from '../core/authority/signed-row.ts'
import type { MessageDoor } from '../core/messages/accept-message.ts'
import type { Senders } from '../core/messages/sender.ts'
import type { OwnMail } from '../core/people/mail.ts'
import type { PeopleDeps } from '../core/people/store-answer.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import type { VaultClient } from '../vault/client.ts'
import type { DashboardOptions } from './dashboard-files.ts'
import type { RunningExports } from './exports/running-exports.ts'
import type { OneTimeViews } from './one-time-views.ts'
import type { Session } from './session.ts'
import type { SignedIn } from './signed-in.ts'

export interface ProgramAddresses {
  api: string
  smtp: { host: string; port: number }
  /** Of the local inbox, where mail ends; null where it is delivered. */
  inbox: string | null
  /** From which everybody may send while mail ends there. */
  testDomain: string | null
}

export interface ConsoleDeps {
  sql: Sql
  vault: VaultClient
  clock: Clock
  log: Log
  senders: Pick<Senders, 'find' | 'keys' | 'session' | 'domain' | 'forget'>
  door: Pick<MessageDoor, 'accept'>
  /** Mail of Postern's own. */
  mail: Pick<OwnMail, 'sendLink' | 'isReady'>
  /** Whether a signed row is vault's own; `object` is the id it was asked for. */
  check: { distrust(row: SignedRow, object: string): string | undefined }
  /** To which senders' records point. */
  hostname: string
  /** Who is signed in, by what the request shows; refuses with `missing_key` when nobody is. */
  authenticate(request: FastifyRequest): Promise<Session>
  signedIn: Pick<SignedIn, 'forget' | 'again' | 'demandInside' | 'replays'>
  people: PeopleDeps
  /** Of the authority that signs the ledger's checkpoints, 32 bytes. */
  authorityKey: Buffer
  /** For how many days messages and logs are kept. */
  retentionDays: number
  /** Who may make an account. */
  signUp: Settings['signUp']
  /** Where programs reach this installation. */
  programs: ProgramAddresses
  /** What is shown once, of messages. */
  views: Pick<OneTimeViews, 'add' | 'take'>
  exports: RunningExports
  /** The address on which it listens. */
  bind: string
  /** POSTERN_CONSOLE_URL; null: localhost with the port it listens on. */
  consoleUrl: string | null
  /** The dashboard's files; none where only the API is wanted. */
  dashboard?: DashboardOptions
  /** Networks whose word for where a request comes from is believed; none when left out. */
  trustedProxies?: readonly string[]
}
