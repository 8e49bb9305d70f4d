/** console: HTTP for customers' people. It opens nothing without the proof of who asks. */
import { AuthorityCheck } from '../core/authority/signed-row.ts'
import { MessageDoor } from '../core/messages/accept-message.ts'
import { Senders } from '../core/messages/sender.ts'
import { runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { authenticate } from './authenticate.ts'
import { buildServer, loadFramework } from './server.ts'

await loadFramework()

await runProcess('console', async ({ handover, log, clock, sql, report }) => {
  const { settings, ticket, authorityPublicKey } = handover
  if (authorityPublicKey === null) throw new Error('the handover has no authority key')
  const check = new AuthorityCheck(Buffer.from(authorityPublicKey, 'base64url'))
  const vault = connectVault({ socket: handover.vaultSocket, role: 'console', ticket, log })
  const senders = new Senders({
    sql,
    vault,
    clock,
    check,
    sandbox: settings.route === 'inbox',
    door: 'console',
    alarm: (fields) => log.error(fields, 'alarm: authority row not signed by vault'),
  })
  const destinationKey = vault.keys().then(({ destinationKey: key }) => {
    if (!key) throw new Error('vault gave console no destination key')
    return key
  })
  const door = new MessageDoor({ sql, senders, clock, destinationKey: () => destinationKey })
  const { hostname, bind, consoleUrl, trustedProxies } = settings
  const deps = { sql, vault, clock, log, senders, door, check, hostname, bind, authenticate }
  const app = await buildServer({ ...deps, consoleUrl, trustedProxies })
  await app.listen({ host: bind, port: settings.consolePort })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server listens nowhere')
  report({ kind: 'ready', ports: { http: address.port } })
  return {
    stop: async () => {
      await app.close()
      await vault.close()
    },
  }
})
