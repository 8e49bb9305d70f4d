/** console: HTTP for customers' people. It opens nothing without the proof of who asks. */
import { resolve } from 'node:path'
import { readBundle } from '../core/bundle/read-bundle.ts'
import { consoleAddress } from '../process/console-address.ts'
import { runProcess } from '../process/run.ts'
import { startFactorResets } from './factor-resets.ts'
import { makeDeps } from './make-deps.ts'
import { startNotices } from './notices.ts'
import { buildServer, loadFramework } from './server.ts'

await loadFramework()
// Before the process becomes its own user, who may be unable to reach them.
const files = readBundle(resolve(import.meta.dirname, '../../dashboard/dist'))

await runProcess('console', async (process) => {
  const { deps, uses, mail, singleSignOn } = makeDeps(process, files)
  const app = await buildServer(deps)
  await app.listen({ host: deps.bind, port: process.handover.settings.consolePort })
  const address = app.server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server listens nowhere')
  mail.standsAt(consoleAddress(deps, address.port))
  const { sql, log } = deps
  const notices = startNotices({ sql, log, ticket: deps.people.ticket, mail })
  const resets = startFactorResets({ people: deps.people, mail, log })
  process.report({ kind: 'ready', ports: { http: address.port } })
  return {
    stop: async () => {
      await deps.exports.stop()
      await app.close()
      await resets.stop()
      await notices.stop()
      await uses.stop()
      await singleSignOn?.stop()
      await deps.vault.close()
    },
  }
})
