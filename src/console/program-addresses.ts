/** Where programs reach this installation, for the code that people copy from the pages. */
import { apiAddress } from '../config/api-address.ts'
import type { Settings } from '../config/settings.ts'
import { sandboxDomain } from '../core/accounts/system-account.ts'
import type { ProgramAddresses } from './deps.ts'

export function programAddresses(
  settings: Pick<
    Settings,
    'publicUrl' | 'httpPort' | 'smtpPort' | 'bind' | 'hostname' | 'route' | 'inboxPort'
  >,
): ProgramAddresses {
  const { publicUrl, httpPort, smtpPort, hostname, route, inboxPort } = settings
  const here = apiAddress(settings) ?? `http://127.0.0.1:${httpPort}`
  return {
    api: publicUrl ?? here,
    // From outside the host is known by its name; on this machine by its address.
    smtp: { host: publicUrl === null ? new URL(here).hostname : hostname, port: smtpPort },
    inbox: route === 'inbox' ? `http://127.0.0.1:${inboxPort}` : null,
    testDomain: route === 'inbox' ? sandboxDomain : null,
  }
}
