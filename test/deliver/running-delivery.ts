/** Delivery in the test's process: the real queue, a real vault and real connections to a scripted mail host. */

import { openPool, type Pool } from '../../src/db/sql.ts'
import { type Loop, type LoopDeps, startLoop } from '../../src/deliver/loop.ts'
import { openQueue } from '../../src/deliver/queue.ts'
import { createPool } from '../../src/deliver/smtp/pool.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { makeLookup } from '../../src/process/host-lookup.ts'
import type { Log, LogFields } from '../../src/process/log.ts'
import type { VaultClient } from '../../src/vault/client.ts'
import { type ApiOptions, type RunningApi, startApi } from '../api/running-api.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'

export interface Scene {
  api: RunningApi
  host: MailHost
  /** A verified domain of the first account, whose bounces return under itself. */
  domain: string
  /** As a customer's program sends; answers the message's id. */
  send(message?: Record<string, unknown>): Promise<string>
  end(): Promise<void>
}

export async function setScene(domain = 'sender.test', options: ApiOptions = {}): Promise<Scene> {
  const api = await startApi(options)
  const host = await startMailHost()
  const { body } = await api.call('POST', '/domains', { body: { name: domain } })
  await api.verify(api.first, body.id)
  return {
    api,
    host,
    domain,
    async send(message = {}) {
      const answer = await api.call('POST', '/emails', {
        body: {
          from: `Sender <hello@${domain}>`,
          to: 'reader@example.test',
          subject: 'Hello',
          text: 'First line\n.a line with a dot\n',
          ...message,
        },
      })
      if (answer.status !== 200) throw new Error(`not accepted: ${JSON.stringify(answer.body)}`)
      return answer.body.id
    },
    async end() {
      await host.stop()
      await api.end()
    },
  }
}

export interface Delivery {
  loop: Loop
  sql: Pool
  vault: VaultClient
  /** What deliver logged, as [event, fields]. */
  logged: [string, LogFields][]
  stop(): Promise<void>
}

export async function startDelivery(
  { api, host }: Scene,
  change: (deps: LoopDeps) => Partial<LoopDeps> = () => ({}),
): Promise<Delivery> {
  const ticket = await api.database.ticket('deliver')
  const sql = openPool(api.database.logins.deliver, { connectionsMax: 4 })
  const vault = api.vault.client('deliver', ticket)
  const logged: [string, LogFields][] = []
  const write = (fields: LogFields, event: string) => void logged.push([event, fields])
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const pool = createPool({
    helloName: 'mail.postern.test',
    lookup: makeLookup(null),
    backoffSeconds: 0.05,
    backoffSecondsMax: 0.05,
  })
  const { returnPathKey } = await vault.keys()
  const deps: LoopDeps = {
    queue: openQueue(sql, ticket),
    vault,
    transact: (job) => pool.transact(job),
    findRoute: () => ({ host: '127.0.0.1', port: host.port }),
    linkBase: () => api.publicUrl,
    returnPathKey: returnPathKey!,
    hostname: 'mail.postern.test',
    random: () => 0.5,
    clock: systemClock,
    log,
  }
  const loop = startLoop({ ...deps, ...change(deps) })
  const endListening = sql.listen('deliveries', () => loop.wake())
  return {
    loop,
    sql,
    vault,
    logged,
    async stop() {
      await endListening()
      await loop.stop(() => pool.stop({ drainSeconds: 5 }))
      await sql.end()
    },
  }
}

export interface DeliveryRow {
  n: number
  state: string
  attempts: number
  fence: number
  ready: boolean
  due_in_seconds: number
}

export async function deliveriesOf({ api }: Scene, messageId: string): Promise<DeliveryRow[]> {
  return api.database.query<DeliveryRow & Record<string, unknown>>(
    `select n, state, attempts, fence, ready, extract(epoch from due_at - now())::float as due_in_seconds
       from postern.deliveries
      where message_id = $1
      order by n`,
    [messageId],
  )
}

export async function untilState(scene: Scene, messageId: string, state: string): Promise<void> {
  await waitFor(
    async () => (await deliveriesOf(scene, messageId)).every((row) => row.state === state),
    { what: `state ${state}` },
  )
}
