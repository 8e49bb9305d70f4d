/**
 * Which user each process becomes when the supervisor is root: numbers of their own, for which no account is made on
 * the machine. Without root all are the one user who started Postern.
 */
import type { Role } from '../config/role.ts'
import type { Identity } from './handover.ts'

/** The group of all processes: it may reach the sockets and nothing else. */
export const socketsGroupId = 70_100

const numbers: Record<Role | 'postgres', number> = {
  postgres: 70_111,
  vault: 70_112,
  inbox: 70_113,
  api: 70_114,
  deliver: 70_115,
  jobs: 70_116,
  smtp: 70_117,
  console: 70_118,
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

export function identityOf(role: Role | 'postgres'): Identity | null {
  return isRoot() ? { uid: numbers[role], gid: numbers[role] } : null
}

/** Cannot be taken back: the process keeps no capability and no other group. */
export function becomeUser({ uid, gid }: Identity): void {
  process.setgroups?.([socketsGroupId])
  process.setgid?.(gid)
  process.setuid?.(uid)
}
