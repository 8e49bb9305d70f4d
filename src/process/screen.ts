/** What `postern run` shows: one screen when every door is open, then a line for each thing a person should know. */
import { isIPv6 } from 'node:net'
import type { DoorPorts } from './run-file.ts'

export interface Screen {
  show(text: string): void
}

export interface Doors {
  version: string
  bind: string
  console: string
  ports: DoorPorts
  keyFile: string
  /** Lets the first owner in, once; null when somebody has come already. */
  ownerLink: string | null
  isRoot: boolean
}

const memorySentence =
  'All processes run as your user, so their memory is not fenced from one another; `postern doctor` says how to change that.'

export function welcome(doors: Doors): string {
  const { version, bind, ports, keyFile, ownerLink, isRoot } = doors
  const api = `http://${reachableHost(bind)}:${ports.http}`
  const message =
    '{"from":"Postern <hello@postern.localhost>","to":"you@example.com","subject":"Hello","html":"<p>It works.</p>"}'
  const lines = [
    `Postern ${version}`,
    '',
    `  API      ${api}`,
    `  SMTP     ${reachableHost(bind)}:${ports.smtp} (STARTTLS), ${ports.smtps} (TLS); user resend, the key as password`,
    `  Console  ${doors.console}`,
    `  Inbox    http://127.0.0.1:${ports.inbox}`,
    `  Key      ${keyFile}`,
    `  Docs     ${api}/docs`,
    '',
    `curl ${api}/emails -H "Authorization: Bearer $(cat ${quoteForShell(keyFile)})" -H 'Content-Type: application/json' -d '${message}'`,
  ]
  if (ownerLink !== null) {
    lines.push('', `Become the owner of the first account (once, within 24 hours): ${ownerLink}`)
  }
  if (!isRoot) lines.push('', memorySentence)
  return `${lines.join('\n')}\n`
}

/** A door on every interface is shown where this machine reaches it. */
function reachableHost(bind: string): string {
  if (bind === '0.0.0.0') return '127.0.0.1'
  if (bind === '::') return '[::1]'
  return isIPv6(bind) ? `[${bind}]` : bind
}

function quoteForShell(path: string): string {
  return /^[A-Za-z0-9_./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
