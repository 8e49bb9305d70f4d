/** What api says in the log when something happens that a human must look at; ids only. */
import type { Log } from '../process/log.ts'

interface OfKey {
  accountId: string
  credentialId: string
}

export function alarmsTo(log: Log) {
  return {
    alarm: (fields: { accountId: string; reason: string }) =>
      log.error(fields, 'alarm: authority row not signed by vault'),
    onCanary: (fields: OfKey) => log.error(fields, 'alarm: canary key used'),
    onLeak: (fields: OfKey) => log.error(fields, 'alarm: leaked key revoked'),
  }
}
