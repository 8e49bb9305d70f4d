/** vault: the only holder of keys. It opens, signs and writes the ledger line first; it speaks on one Unix socket. */
import { createServer } from 'node:net'
import { sandboxDomain, systemAccountId } from '../core/accounts/system-account.ts'
import { Refusal } from '../lib/refusal.ts'
import { runProcess } from '../process/run.ts'
import { jsonBody } from './protocol.ts'
import { parseJson, serve } from './server.ts'
import { UnsealedVault } from './unsealed.ts'

await runProcess('vault', async ({ handover, log, clock, sql, report }) => {
  if (!handover.vault) throw new Error('the handover has no part for vault')
  const ticket = Buffer.from(handover.ticket, 'base64url')
  const expected =
    handover.authorityPublicKey && Buffer.from(handover.authorityPublicKey, 'base64url')
  const sandbox =
    handover.settings.route === 'inbox'
      ? { accountId: systemAccountId, domain: sandboxDomain }
      : null
  let vault: UnsealedVault | undefined

  const open = async (rootKey: string) => {
    vault ??= await UnsealedVault.begin(
      { sql, ticket, clock, log, sandbox },
      Buffer.from(rootKey, 'base64url'),
      expected || null,
    )
    return vault.publicKey.toString('base64url')
  }
  const authorityPublicKey = handover.vault.rootKey ? await open(handover.vault.rootKey) : undefined

  const server = createServer()
  serve(server, {
    sql,
    ticket,
    operatorTokenHash: handover.vault.operatorTokenHash,
    log,
    async answer(caller, operation, body) {
      if (operation === 'status') return jsonBody({ sealed: vault === undefined })
      if (operation === 'unseal') {
        const { rootKey } = parseJson(body) as { rootKey: string } // a wrong type does not open anything
        report({ kind: 'unsealed', authorityPublicKey: await open(String(rootKey)) })
        return jsonBody({})
      }
      if (!vault)
        throw new Refusal('unavailable', 'Vault is sealed; the operator has to unseal it.')
      return vault.answer(caller, operation, body)
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(handover.vaultSocket, resolve)
  })
  report({
    kind: 'ready',
    ports: {},
    sealed: vault === undefined,
    ...(authorityPublicKey && { authorityPublicKey }),
  })
  return {
    stop: async () => {
      server.close()
      await vault?.stop()
    },
  }
})
