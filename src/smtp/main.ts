/** smtp: submission for customers' programs. It can seal to accounts, and opens and reads nothing. */
import { addsUnsubscribe } from '../config/api-address.ts'
import { AuthorityCheck } from '../core/authority/authority-check.ts'
import { MessageDoor } from '../core/messages/accept-message.ts'
import { Senders } from '../core/messages/sender.ts'
import { runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { keepCertificate } from './keep-certificate.ts'
import { Notes } from './notes.ts'
import { startSmtp } from './server.ts'
import { submissionDoor } from './submission.ts'

/** Less than the process is given to stop. */
const graceMs = 9_000

await runProcess('smtp', async ({ handover, log, clock, sql, report, onOrder }) => {
  const { settings, ticket, authorityPublicKey, tls } = handover
  if (authorityPublicKey === null || !tls) throw new Error('the handover lacks a part for smtp')
  const vault = connectVault({ socket: handover.vaultSocket, role: 'smtp', ticket, log })
  const senders = new Senders({
    sql,
    vault,
    clock,
    check: new AuthorityCheck(Buffer.from(authorityPublicKey, 'base64url')),
    sandbox: settings.route === 'inbox',
    door: 'smtp',
    alarm: (fields) => log.error(fields, 'alarm: authority row not signed by vault'),
    onCanary: (fields) => log.error(fields, 'alarm: canary key used'),
  })
  const destinationKey = vault.keys().then(({ destinationKey: key }) => {
    if (!key) throw new Error('vault gave smtp no destination key')
    return key
  })
  const door = new MessageDoor({
    ...{ sql, senders, clock, addsUnsubscribe: addsUnsubscribe(settings) },
    destinationKey: () => destinationKey,
  })
  const proof = Buffer.from(ticket, 'base64url')
  const notes = new Notes({ sql, ticket: proof, senders, clock, log })
  const { bind: host, hostname, smtpPort, smtpsPort } = settings
  const kept = keepCertificate(tls, { settings, ticket: proof, sql, clock, log, onOrder })
  const smtp = await startSmtp({
    ...{ host, hostname, smtpPort, smtpsPort, clock },
    door: submissionDoor({ senders, door, notes, clock, hostname }),
    secureContext: kept.context,
    trustsLoopback: settings.route === 'inbox',
    onFault: (error) => log.error({ error }, 'smtp session failed'),
  })
  report({ kind: 'ready', ports: smtp.ports })
  return {
    stop: async () => {
      await smtp.close(graceMs)
      await kept.stop()
      await notes.stop()
      await vault.close()
    },
  }
})
