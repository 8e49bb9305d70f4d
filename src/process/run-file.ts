/** `<home>/run.json`: what runs and where its doors are, for scripts. It is there while every door is open. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from '../config/role.ts'

/** `inbox_smtp` is the local inbox's mail host. */
export interface DoorPorts {
  http: number
  inbox: number
  inbox_smtp: number
  smtp: number
  smtps: number
  console: number
}

export interface RunFile {
  /** A role that has several processes has a list. */
  pids: { supervisor: number; postgres?: number } & Partial<Record<Role, number | number[]>>
  ports: DoorPorts
  /** The folder of the sockets. */
  sockets: string
  api_key_file: string
  /** The database folder; null with a PostgreSQL of one's own. */
  data_directory: string | null
  database: { embedded: boolean; socket: string | null; port: number; name: string }
}

export function readRunFile(home: string): RunFile | undefined {
  try {
    // Written below, whole or not at all.
    return JSON.parse(readFileSync(join(home, 'run.json'), 'utf8')) as RunFile
  } catch {
    return undefined
  }
}

export function writeRunFile(home: string, content: RunFile): void {
  const file = join(home, 'run.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function removeRunFile(home: string): void {
  rmSync(join(home, 'run.json'), { force: true })
}
