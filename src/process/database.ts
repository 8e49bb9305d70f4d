/** The database under the supervisor: the embedded server, or the operator's own behind DATABASE_URL. */

import { withHost } from '../config/settings.ts'
import { type EmbeddedDatabase, startEmbedded } from '../db/embedded.ts'
import type { DatabaseLogin } from '../db/login.ts'
import { identityOf } from './identity.ts'

/** What runs of it; `embedded` is null for a server of one's own, which is not ours to start or stop. */
export interface Database {
  admin: DatabaseLogin
  embedded: EmbeddedDatabase | null
}

export interface DatabaseOptions {
  databaseUrl: string | null
  home: string
  socketFolder: string
  copyInto: string
}

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.databaseUrl !== null) {
    return { admin: loginFromUrl(options.databaseUrl), embedded: null }
  }
  const embedded = await startEmbedded({ ...options, user: identityOf('postgres') })
  return { admin: embedded.admin, embedded }
}

/** As libpq reads it, as far as a login goes: `?host=` names a socket folder, `?sslmode=` the protection. */
export function loginFromUrl(text: string): DatabaseLogin {
  const url = new URL(withHost(text))
  const login: DatabaseLogin = {
    host: url.searchParams.get('host') ?? (decodeURIComponent(url.hostname) || '127.0.0.1'),
    port: Number(url.port || url.searchParams.get('port') || 5432),
    user: decodeURIComponent(url.username) || 'postgres',
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
  }
  const mode = url.searchParams.get('sslmode')
  if (mode === null || mode === 'disable') return login
  // Weaker modes than `require` try clear text first, so they are taken for what they should be.
  const verify = mode === 'verify-full' || mode === 'verify-ca'
  return { ...login, ssl: verify ? 'verify-full' : 'require' }
}

/** The other way round, for tools that take a URL; a socket folder becomes `?host=`, which overrides the host. */
export function urlFromLogin({ host, port, user, password, database, ssl }: DatabaseLogin): string {
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  const name = encodeURIComponent(database)
  if (host.startsWith('/')) {
    return `postgres://${credentials}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`
  }
  const bracketed = host.includes(':') ? `[${host}]` : host
  const mode = ssl === undefined ? '' : `?sslmode=${ssl}`
  return `postgres://${credentials}@${bracketed}:${port}/${name}${mode}`
}
