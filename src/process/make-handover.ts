/** What one process is given: its own part of everything, and of secrets only its own. */
import type { Config } from '../config/config.ts'
import type { Role } from '../config/role.ts'
import { settingsFor } from '../config/settings.ts'
import type { DatabaseLogin } from '../db/login.ts'
import type { DatabaseRole } from '../db/runtime-logins.ts'
import type { KeyPair } from '../lib/certificate.ts'
import type { KeptPorts } from './doors.ts'
import type { Handover, Route, Scanner } from './handover.ts'
import { identityOf } from './identity.ts'
import { operatorTokenHash, readAuthorityKey, readMailKey, readRootKey } from './secrets.ts'

export interface HandoverParts {
  role: Role
  ticket: Buffer
  config: Config
  home: string
  logins: Record<DatabaseRole, DatabaseLogin>
  vaultSocket: string
  operatorToken: string
  ports: KeptPorts
  routes: Route[]
  scanners: Scanner[]
  hasDataFolder: boolean
  tls: KeyPair
  acmeCa: string | null
  oidcCa: string | null
}

export async function makeHandover(parts: HandoverParts): Promise<Handover> {
  const { role, ticket, config, home, logins, vaultSocket, ports, routes } = parts
  const { inboxSmtpPort, ...doorPorts } = ports
  return {
    role,
    ticket: ticket.toString('base64url'),
    database: role === 'inbox' ? null : logins[role],
    identity: identityOf(role),
    vaultSocket,
    authorityPublicKey: readAuthorityKey(home),
    settings: { ...settingsFor(role, config.settings), ...doorPorts },
    dataFolder: parts.hasDataFolder ? '.' : null,
    vault: role === 'vault' ? await forVault(parts) : null,
    mailKey: role === 'console' ? readMailKey(home) : null,
    inboxSmtpPort: role === 'inbox' || role === 'deliver' ? inboxSmtpPort : null,
    routes: role === 'deliver' ? routes : [],
    scanners: role === 'api' ? parts.scanners : [],
    acmeCa: role === 'jobs' ? parts.acmeCa : null,
    oidcCa: role === 'jobs' ? parts.oidcCa : null,
    tls: role === 'smtp' ? parts.tls : null,
  }
}

async function forVault({
  config,
  home,
  operatorToken,
}: HandoverParts): Promise<NonNullable<Handover['vault']>> {
  const rootKey = await readRootKey(home, {
    unsealCommand: config.settings.unsealCommand,
    searchPath: config.searchPath,
  })
  return { rootKey, operatorTokenHash: operatorTokenHash(operatorToken).toString('hex') }
}
