/** The deliver process: assembly only. */
import { makeLookup } from '../process/host-lookup.ts'
import { runProcess } from '../process/run.ts'
import { connectVault, type InstanceKeys } from '../vault/client.ts'
import { makeLinkBase } from './copies.ts'
import { type Loop, startLoop } from './loop.ts'
import { openQueue } from './queue.ts'
import { makeRoute } from './route.ts'
import { createPool } from './smtp/pool.ts'

/** Less than the process is given to stop, with what follows. */
const drainSeconds = 8
/** Enough that some slow transactions at one host do not hold up the quick ones. */
const connectionsMax = 10

await runProcess('deliver', async ({ handover, log, clock, sql, report }) => {
  const { settings, vaultSocket, ticket, routes, inboxSmtpPort } = handover
  const vault = connectVault({ socket: vaultSocket, role: 'deliver', ticket, log })
  const pool = createPool({
    helloName: settings.hostname,
    lookup: makeLookup(settings.dns),
    connectionsMax,
    clock,
  })
  let loop: Loop | undefined
  let isStopping = false
  const begin = ({ returnPathKey }: InstanceKeys): void => {
    if (isStopping) return
    if (!returnPathKey) throw new Error('vault gave no key for return paths')
    const findRoute = makeRoute({ routes, route: settings.route, inboxSmtpPort })
    loop = startLoop({
      queue: openQueue(sql, Buffer.from(ticket, 'base64url')),
      vault,
      transact: (job) => pool.transact(job),
      findRoute,
      linkBase: makeLinkBase(settings, findRoute),
      returnPathKey,
      hostname: settings.hostname,
      random: Math.random,
      clock,
      log,
    })
  }
  // Not awaited: a sealed vault is no reason not to be ready. A failure ends the process.
  void vault.keys().then(begin, (error) => {
    if (!isStopping) throw error
  })
  const endListening = sql.listen('deliveries', () => loop?.wake())
  report({ kind: 'ready', ports: {} })
  return {
    stop: async () => {
      isStopping = true
      await endListening()
      const drain = () => pool.stop({ drainSeconds })
      await (loop ? loop.stop(drain) : drain())
      await vault.close()
    },
  }
})
