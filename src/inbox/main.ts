/** The inbox process: assembly only. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { apiAddress } from '../config/api-address.ts'
import { runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { waitForFileKey } from './file-key.ts'
import { startInbox } from './inbox.ts'
import { InstanceKeys } from './instance-keys.ts'
import { Store } from './store.ts'

/** Less than the process is given to stop. */
const graceMs = 8000

await runProcess('inbox', async ({ handover, log, clock, report, onOrder }) => {
  const { settings, vaultSocket, ticket, dataFolder, inboxSmtpPort } = handover
  if (dataFolder === null) throw new Error('the inbox was given no folder')
  const vault = connectVault({ socket: vaultSocket, role: 'inbox', ticket, log })
  const keys = new InstanceKeys((name) => report({ kind: 'key_wanted', name }))
  onOrder((order) => {
    if (order.kind === 'key') keys.answered(order.name, order.key)
  })
  const inbox = await startInbox({
    httpPort: settings.inboxPort,
    // After a restart the port of before, which the others know.
    smtpPort: inboxSmtpPort ?? settings.inboxSmtpPort,
    dns: settings.dns,
    findKey: keys.find,
    facts: {
      apiAddress: apiAddress(settings),
      apiKeyFile: join(settings.home, 'first-account.key'),
    },
    clock,
    secret: randomBytes(32),
    onTrouble: (error) => log.error({ error }, 'inbox request failed'),
  })
  let stopping = false
  // Not awaited: the doors are open before vault is, so that the others can start. A failure ends
  // the process.
  void waitForFileKey(vault, () => stopping).then(async (key) => {
    if (!key) return
    const store = await Store.open({ folder: dataFolder, key })
    if (store.unreadableSegments > 0) {
      const reason = 'written under another root key'
      log.warn({ count: store.unreadableSegments, reason }, 'old inbox files cannot be read')
    }
    if (stopping) await store.close()
    else inbox.open(store)
  })
  report({ kind: 'ready', ports: inbox.ports })
  return {
    stop: async () => {
      stopping = true
      await inbox.stop(graceMs)
      await vault.close()
    },
  }
})
