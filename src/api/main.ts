/** api: HTTP for customers' programs. It can seal to accounts and opens nothing without the asking key. */
import { AuthorityCheck } from '../core/authority/signed-row.ts'
import { LeakReports } from '../core/credentials/leak-reports.ts'
import { MessageDoor } from '../core/messages/accept-message.ts'
import { Senders } from '../core/messages/sender.ts'
import type { LogFields } from '../process/log.ts'
import { runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { RequestLog } from './request-log.ts'
import { buildServer, loadFramework } from './server.ts'

await loadFramework()

await runProcess('api', async ({ handover, log, clock, sql, report }) => {
  const { settings, ticket, authorityPublicKey } = handover
  if (authorityPublicKey === null) throw new Error('the handover has no authority key')
  const check = new AuthorityCheck(Buffer.from(authorityPublicKey, 'base64url'))
  const vault = connectVault({ socket: handover.vaultSocket, role: 'api', ticket, log })
  const onCanary = (fields: LogFields) => log.error(fields, 'alarm: canary key used')
  const senders = new Senders({
    sql,
    vault,
    clock,
    check,
    sandbox: settings.route === 'inbox',
    door: 'api',
    alarm: (fields) => log.error(fields, 'alarm: authority row not signed by vault'),
    onCanary,
  })
  const destinationKey = vault.keys().then(({ destinationKey: key }) => {
    if (!key) throw new Error('vault gave api no destination key')
    return key
  })
  const door = new MessageDoor({ sql, senders, clock, destinationKey: () => destinationKey })
  const ticketBytes = Buffer.from(ticket, 'base64url')
  const requestLog = new RequestLog({ sql, ticket: ticketBytes, senders, log })
  const leaks = new LeakReports({
    ...{ sql, ticket: ticketBytes, vault, onCanary },
    forget: (h1) => senders.forget(h1),
    onLeak: (fields) => log.error(fields, 'alarm: leaked key revoked'),
  })
  const { hostname, publicUrl, trustedProxies } = settings
  const app = await buildServer({
    ...{ sql, vault, clock, log, senders, door, check, requestLog, leaks },
    ...{ scanners: handover.scanners, hostname, publicUrl, trustedProxies },
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
