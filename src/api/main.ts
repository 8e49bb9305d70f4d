/** api: HTTP for customers' programs. It can seal to accounts and opens nothing without the asking key. */
import { addsUnsubscribe } from '../config/api-address.ts'
import { AuthorityCheck } from '../core/authority/authority-check.ts'
import { findChallenge } from '../core/certificates/queries.ts'
import { LeakReports } from '../core/credentials/leak-reports.ts'
import { MessageDoor } from '../core/messages/accept-message.ts'
import { Senders } from '../core/messages/sender.ts'
import { recordRequests } from '../core/requests/queries.ts'
import { RequestLog, type RequestRecorder } from '../core/requests/request-log.ts'
import { runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { alarmsTo } from './alarms.ts'
import { buildServer, loadFramework } from './server.ts'

await loadFramework()

await runProcess('api', async ({ handover, log, clock, sql, report }) => {
  const { settings, ticket, authorityPublicKey } = handover
  if (authorityPublicKey === null) throw new Error('the handover has no authority key')
  const check = new AuthorityCheck(Buffer.from(authorityPublicKey, 'base64url'))
  const vault = connectVault({ socket: handover.vaultSocket, role: 'api', ticket, log })
  const alarms = alarmsTo(log)
  const sandbox = settings.route === 'inbox'
  const senders = new Senders({ sql, vault, clock, check, sandbox, door: 'api', ...alarms })
  const destinationKey = vault.keys().then(({ destinationKey: key }) => {
    if (!key) throw new Error('vault gave api no destination key')
    return key
  })
  const door = new MessageDoor({
    ...{ sql, senders, clock, addsUnsubscribe: addsUnsubscribe(settings) },
    destinationKey: () => destinationKey,
  })
  const ticketBytes = Buffer.from(ticket, 'base64url')
  const record: RequestRecorder = (lines) => recordRequests(sql, ticketBytes, lines)
  const requestLog = new RequestLog({ record, senders, log })
  const leaks = new LeakReports({ sql, ticket: ticketBytes, vault, senders, check, ...alarms })
  const { hostname, publicUrl, trustedProxies } = settings
  const app = await buildServer({
    ...{ sql, vault, clock, log, senders, door, check, requestLog, leaks },
    ...{ scanners: handover.scanners, hostname, publicUrl, trustedProxies },
    ...(settings.acme !== null && {
      findChallenge: (token) => findChallenge(sql, ticketBytes, token),
    }),
  })
  await app.listen({ host: settings.bind, port: settings.httpPort })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server listens nowhere')
  report({ kind: 'ready', ports: { http: address.port } })
  return {
    stop: async () => {
      await app.close()
      await requestLog.stop()
      await vault.close()
    },
  }
})
