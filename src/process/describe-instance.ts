/** What runs, as run.json, the operator and the log are told. */
import type { Role } from '../config/role.ts'
import type { EmbeddedDatabase } from '../db/embedded.ts'
import type { DatabaseLogin } from '../db/login.ts'
import type { Child, Ending } from './child.ts'
import type { OperatorStatus } from './operator-socket.ts'
import type { DoorPorts, RunFile } from './run-file.ts'

type Children = ReadonlyMap<Role, Child>

export function describeInstance({
  children,
  embedded,
  admin,
  ports,
  sockets,
  keyFile,
}: {
  children: Children
  embedded: EmbeddedDatabase | null
  admin: DatabaseLogin
  ports: DoorPorts
  sockets: string
  keyFile: string
}): RunFile {
  const pids = Object.fromEntries([...children].map(([role, { processId }]) => [role, processId]))
  return {
    pids: {
      supervisor: process.pid,
      ...pids,
      ...(embedded ? { postgres: embedded.processId } : {}),
    },
    ports,
    sockets,
    api_key_file: keyFile,
    data_directory: embedded?.dataFolder ?? null,
    database: {
      embedded: embedded !== null,
      socket: admin.host.startsWith('/') ? admin.host : null,
      port: admin.port,
      name: admin.database,
    },
  }
}

export function describeProcesses(
  children: Children,
  restarts: ReadonlyMap<string, number>,
  isSealed: boolean,
): OperatorStatus {
  const processes = [...children].map(([name, { processId }]) => ({
    name,
    pids: [processId],
    restarts: restarts.get(name) ?? 0,
  }))
  return { processes, vaultSealed: isSealed }
}

/** The fields of a log line; an embedded server's ending says nothing. */
export function endingFields(ending: unknown): { exitCode?: number; signal?: string } {
  if (typeof ending !== 'object' || ending === null) return {}
  const { exitCode, signal } = ending as Partial<Ending> // the only other kind of ending
  return { ...(exitCode != null ? { exitCode } : {}), ...(signal != null ? { signal } : {}) }
}
