/** What the routes of api are given; nothing in this process is global. */
import type { SignedRow } from '../core/authority/signed-row.ts'
import type { LeakReports } from '../core/credentials/leak-reports.ts'
import type { MessageDoor } from '../core/messages/accept-message.ts'
import type { Senders } from '../core/messages/sender.ts'
import type { RequestNotes } from '../core/requests/request-log.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Scanner } from '../process/handover.ts'
import type { Log } from '../process/log.ts'
import type { VaultClient } from '../vault/client.ts'

export interface ApiDeps {
  sql: Sql
  vault: VaultClient
  clock: Clock
  log: Log
  senders: Pick<Senders, 'find' | 'keys' | 'session' | 'domain' | 'forget'>
  door: Pick<MessageDoor, 'accept'>
  /** Whether a signed row is vault's own; `object` is the id it was asked for. */
  check: { distrust(row: SignedRow, object: string): string | undefined }
  requestLog: RequestNotes
  /** Whose reports of leaked keys are believed; nobody's when left out. */
  scanners?: readonly Scanner[]
  /** Ends what they report. */
  leaks: Pick<LeakReports, 'take'>
  /** Under which bounces return and to which senders' records point. */
  hostname: string
  /** Networks whose word for where a request comes from is believed; none when left out. */
  trustedProxies?: readonly string[]
  /** What links begin with; null: the address of the request that asks for them. */
  publicUrl: string | null
  /** What an ACME authority is answered for a token, while an order is under way; left out, nothing. */
  findChallenge?: (token: string) => Promise<string | undefined>
}
