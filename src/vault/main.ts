/** vault: the only holder of keys. It opens, signs and writes the ledger line first; it speaks on one Unix socket. */
import { createServer } from 'node:net'
import { sandboxDomain, systemAccountId } from '../core/accounts/system-account.ts'
import { runProcess } from '../process/run.ts'
import { serve } from './server.ts'
import { refuseStart, Vault } from './vault.ts'

await runProcess('vault', async ({ handover, log, clock, sql, report }) => {
  const { vault: part, authorityPublicKey: known, settings } = handover
  if (!part || handover.dataFolder === null) {
    throw new Error('the handover has no part for vault')
  }
  const ticket = Buffer.from(handover.ticket, 'base64url')
  const vault = new Vault({
    sql,
    ticket,
    clock,
    log,
    folder: handover.dataFolder,
    oidcRequired: settings.oidcRequired,
    sandbox:
      settings.route === 'inbox' ? { accountId: systemAccountId, domain: sandboxDomain } : null,
    expected: known === null ? null : Buffer.from(known, 'base64url'),
    onUnsealed: (authorityPublicKey) => report({ kind: 'unsealed', authorityPublicKey }),
  })
  const authorityPublicKey = part.rootKey
    ? await vault.open(part.rootKey).catch(refuseStart)
    : undefined

  const server = createServer()
  serve(server, {
    sql,
    ticket,
    operatorTokenHash: part.operatorTokenHash,
    log,
    answer: (caller, operation, body) => vault.answer(caller, operation, body),
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(handover.vaultSocket, resolve)
  })
  const opened = authorityPublicKey === undefined ? {} : { authorityPublicKey }
  report({ kind: 'ready', ports: {}, sealed: vault.isSealed, ...opened })
  return {
    stop: async () => {
      server.close()
      await vault.stop()
    },
  }
})
