/** Every setting of Postern, once: its name, what it accepts, its default, its sentence, and which processes get it. */
import { isIP } from 'node:net'
import { acmeSettings } from './acme-settings.ts'
import { mailFromSetting } from './mail-from.ts'
import { oidcSettings } from './oidc-settings.ts'
import type { Role } from './role.ts'
import {
  file,
  filled,
  type HostPort,
  type Parsed,
  parseDatabaseUrl,
  parseDns,
  parseHostname,
  parseNetworks,
  parseRetentionDays,
  parseRoute,
  retentionDaysMax,
} from './setting-values.ts'
import { parseConsoleUrl, parseOrigin } from './web-address.ts'

export interface Settings {
  home: string
  httpPort: number
  inboxPort: number
  inboxSmtpPort: number
  bind: string
  publicUrl: string | null
  databaseUrl: string | null
  route: 'inbox' | HostPort
  routesFile: string | null
  scannerKeysFile: string | null
  dns: HostPort | null
  hostname: string
  retentionDays: number
  trustedProxies: string[]
  unsealCommand: string | null
  smtpPort: number
  smtpsPort: number
  tlsCertFile: string | null
  tlsKeyFile: string | null
  /** The authority's directory; null: certificates come from files or sign themselves. */
  acme: string | null
  acmeEmail: string | null
  acmeCaFile: string | null
  mxPort: number
  consolePort: number
  consoleUrl: string | null
  signUp: 'invitation' | 'open'
  /** The provider of single sign-on; null: there is none. */
  oidcIssuer: string | null
  oidcClientId: string | null
  oidcClientSecret: string | null
  oidcCaFile: string | null
  oidcName: string
  oidcRequired: boolean
  staffPort: number
  mailFrom: string
}

export { type HostPort, type Parsed, parseSmtpUrl, withHost } from './setting-values.ts'

export type SettingKey = keyof Settings

export interface Setting<Value> {
  name: string
  description: string
  /** What may be written, as the documentation shows it. */
  accepts: string
  /** The default as it would be written; empty when absent means something of its own. */
  defaultText: string
  /** The processes that are told; the supervisor knows them all. */
  roles: readonly Role[]
  /** Never shown, and readable from the file that NAME_FILE names. */
  secret: boolean
  /** The value when nothing is written; `home` is completed with the working folder. */
  fallback: Value
  parse(text: string): Parsed<Value>
}

type SettingsTable = { [Key in SettingKey]: Setting<Settings[Key]> }

const portsAccepted = 'a port, 0 for any free one'

function port(
  name: string,
  fallback: number,
  { description, roles }: { description: string; roles: readonly Role[] },
): Setting<number> {
  return {
    name,
    description,
    accepts: portsAccepted,
    defaultText: String(fallback),
    roles,
    secret: false,
    fallback,
    parse: (text) => {
      const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
      if (value <= 65_535) return { value }
      return {
        rule: 'be a whole number from 0 to 65535',
        fix: `write ${name}=${fallback}, or 0 for any free port`,
      }
    },
  }
}

export const settingsTable: SettingsTable = {
  home: {
    name: 'POSTERN_HOME',
    description:
      'The folder that holds everything an instance keeps: database, keys, logs, the inbox.',
    accepts: 'a folder',
    defaultText: '.postern',
    roles: ['inbox'],
    secret: false,
    fallback: '.postern',
    parse: filled('be the path of a folder', 'write POSTERN_HOME=.postern'),
  },
  httpPort: port('POSTERN_HTTP_PORT', 8025, {
    description: "The port of the API for customers' programs.",
    roles: ['api', 'console', 'inbox'],
  }),
  inboxPort: port('POSTERN_INBOX_PORT', 8027, {
    description: 'The port of the local inbox, which is always on the loopback address.',
    roles: ['inbox', 'api', 'console'],
  }),
  inboxSmtpPort: port('POSTERN_INBOX_SMTP_PORT', 0, {
    description:
      "The port of the local inbox's mail host, always on the loopback address; other programs may send to it.",
    roles: ['inbox'],
  }),
  bind: {
    name: 'POSTERN_BIND',
    description: 'The address on which the doors listen.',
    accepts: 'an IP address',
    defaultText: '127.0.0.1',
    roles: ['api', 'smtp', 'console', 'deliver', 'inbox'],
    secret: false,
    fallback: '127.0.0.1',
    parse: (text) =>
      isIP(text) > 0
        ? { value: text }
        : {
            rule: 'be an IP address',
            fix: 'write POSTERN_BIND=127.0.0.1, or 0.0.0.0 for every interface',
          },
  },
  publicUrl: {
    name: 'POSTERN_PUBLIC_URL',
    description:
      'Where the API is reached from outside: what links begin with. Without it those to attachments and shared messages have the address of the request that asks for them, and those to unsubscribe lead to this machine, in the local inbox only.',
    accepts: 'https://host or http://host:port',
    defaultText: '',
    roles: ['api', 'smtp', 'console', 'deliver'],
    secret: false,
    fallback: null,
    parse: parseOrigin,
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    description:
      "An administrator's URL of your own PostgreSQL 16 or newer; without it Postern runs its own.",
    accepts: 'postgres://user:password@host:port/database',
    defaultText: '',
    roles: [],
    secret: true,
    fallback: null,
    parse: parseDatabaseUrl,
  },
  route: {
    name: 'POSTERN_ROUTE',
    description: 'Where mail goes that no line of the routes file claims.',
    accepts: '`inbox`, or `smtp://host:port` to relay everything',
    defaultText: 'inbox',
    roles: ['api', 'smtp', 'console', 'deliver', 'jobs', 'vault'],
    secret: false,
    fallback: 'inbox',
    parse: parseRoute,
  },
  routesFile: file(
    'POSTERN_ROUTES_FILE',
    'A file of lines `recipient-domain  smtp://host:port`, read at start.',
  ),
  scannerKeysFile: file(
    'POSTERN_SCANNER_KEYS_FILE',
    'A file of lines `id  public key`, read at start: the scanners whose signed reports of leaked API keys are believed; without it nobody’s.',
  ),
  dns: {
    name: 'POSTERN_DNS',
    description: "The resolver for all look-ups; without it the machine's own.",
    accepts: 'address:port',
    defaultText: '',
    roles: ['api', 'deliver', 'jobs', 'inbox'],
    secret: false,
    fallback: null,
    parse: parseDns,
  },
  hostname: {
    name: 'POSTERN_HOSTNAME',
    description:
      'The name by which Postern greets other mail hosts and under which bounces return.',
    accepts: 'a host name',
    defaultText: 'postern.localhost',
    roles: ['api', 'smtp', 'console', 'deliver', 'jobs', 'inbox'],
    secret: false,
    fallback: 'postern.localhost',
    parse: parseHostname,
  },
  retentionDays: {
    name: 'POSTERN_RETENTION_DAYS',
    description:
      'For how many days messages, their events and the log of requests are kept; the ledger is kept always.',
    accepts: `a whole number of days from 1 to ${retentionDaysMax}`,
    defaultText: '30',
    roles: ['console', 'jobs'],
    secret: false,
    fallback: 30,
    parse: parseRetentionDays,
  },
  trustedProxies: {
    name: 'POSTERN_TRUSTED_PROXIES',
    description:
      'Networks of the proxies before the API and the console; only their word for where a request comes from (X-Forwarded-For) is believed.',
    accepts: 'networks such as `10.0.0.0/8`, separated by commas',
    defaultText: '',
    roles: ['api', 'console'],
    secret: false,
    fallback: [],
    parse: parseNetworks,
  },
  unsealCommand: {
    name: 'POSTERN_UNSEAL_COMMAND',
    description: 'A command that prints the root key (32 bytes, base64), instead of the key file.',
    accepts: 'a shell command',
    defaultText: '',
    roles: [],
    secret: false,
    fallback: null,
    parse: filled('be a shell command', 'name the command or leave the setting out'),
  },
  smtpPort: port('POSTERN_SMTP_PORT', 2587, {
    description: 'The port of submission by SMTP, where TLS begins with STARTTLS.',
    roles: ['smtp', 'console'],
  }),
  smtpsPort: port('POSTERN_SMTPS_PORT', 2465, {
    description: 'The port of submission by SMTP over TLS.',
    roles: ['smtp'],
  }),
  tlsCertFile: file(
    'POSTERN_TLS_CERT_FILE',
    'The certificate of submission with those of its issuers, in PEM, read again when it changes; without it one is made that signs itself.',
  ),
  tlsKeyFile: file(
    'POSTERN_TLS_KEY_FILE',
    'The private key of that certificate, in PEM and without a passphrase.',
  ),
  ...acmeSettings,
  acmeCaFile: file(
    'POSTERN_ACME_CA_FILE',
    'Certificates in PEM that are trusted, beside the usual ones, for the connection to the authority itself: for one of your own network.',
  ),
  mxPort: port('POSTERN_MX_PORT', 2525, {
    description: 'The port for inbound mail; accepted already, used by a later version.',
    roles: [],
  }),
  consolePort: port('POSTERN_CONSOLE_PORT', 8030, {
    description: "The port of the console: customers' pages and the calls they make.",
    roles: ['console'],
  }),
  consoleUrl: {
    name: 'POSTERN_CONSOLE_URL',
    description:
      'Where people reach the console: its cookies, passkeys and links hold for this address and no other; without it http://localhost with the port.',
    accepts: '`https://host`, or `http://localhost:port`',
    defaultText: '',
    roles: ['console', 'jobs'],
    secret: false,
    fallback: null,
    parse: parseConsoleUrl,
  },
  signUp: {
    name: 'POSTERN_SIGN_UP',
    description:
      'Who may make an account: only who is invited, or whoever can read mail at the address they give.',
    accepts: '`invitation` or `open`',
    defaultText: 'invitation',
    roles: ['console'],
    secret: false,
    fallback: 'invitation',
    parse: (text) =>
      text === 'invitation' || text === 'open'
        ? { value: text }
        : { rule: 'be `invitation` or `open`', fix: 'write POSTERN_SIGN_UP=invitation' },
  },
  ...oidcSettings,
  staffPort: port('POSTERN_STAFF_PORT', 8026, {
    description: "The port of the operator's pages; accepted already, used by a later version.",
    roles: [],
  }),
  mailFrom: mailFromSetting,
}

export const settingKeys = Object.keys(settingsTable) as SettingKey[] // the table's type has exactly these keys

/** What one process is told: settings that are not its own are as if nobody had written them. */
export function settingsFor(role: Role, settings: Settings): Settings {
  const own = Object.entries(settings).map(([key, value]) => {
    const setting = settingsTable[key as SettingKey] // Settings has no other keys
    return [key, setting.roles.includes(role) ? value : setting.fallback]
  })
  return Object.fromEntries(own) as Settings // same keys, values of the same types
}
