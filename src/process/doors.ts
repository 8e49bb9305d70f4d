/** The ports of all doors: whether they are free before the start, which are kept over restarts, and what scripts are told. */
import type { Settings } from '../config/settings.ts'
import { refuseTakenPort } from './free-port.ts'
import type { DoorPorts } from './run-file.ts'

/** Ports as the processes reported them, each under `role.name`. */
export type OpenPorts = Readonly<Record<string, number>>

/** Ports as they were before a restart, else as the settings have them. */
export interface KeptPorts {
  httpPort: number
  inboxPort: number
  smtpPort: number
  smtpsPort: number
  consolePort: number
  inboxSmtpPort: number | null
}

export async function refuseTakenPorts(settings: Settings): Promise<void> {
  const { bind } = settings
  await refuseTakenPort('POSTERN_HTTP_PORT', bind, settings.httpPort)
  await refuseTakenPort('POSTERN_SMTP_PORT', bind, settings.smtpPort)
  await refuseTakenPort('POSTERN_SMTPS_PORT', bind, settings.smtpsPort)
  await refuseTakenPort('POSTERN_CONSOLE_PORT', bind, settings.consolePort)
  await refuseTakenPort('POSTERN_INBOX_PORT', '127.0.0.1', settings.inboxPort)
  await refuseTakenPort('POSTERN_INBOX_SMTP_PORT', '127.0.0.1', settings.inboxSmtpPort)
}

/** Whether a door of programs takes any free port, so that nobody knows it before it is open. */
export function hasAnyPort({ httpPort, smtpPort, inboxPort }: Settings): boolean {
  return [httpPort, smtpPort, inboxPort].includes(0)
}

/** A door that had any free port keeps the one it got, over restarts. */
export function keptPorts(open: OpenPorts, settings: Settings): KeptPorts {
  return {
    httpPort: open['api.http'] ?? settings.httpPort,
    smtpPort: open['smtp.smtp'] ?? settings.smtpPort,
    smtpsPort: open['smtp.smtps'] ?? settings.smtpsPort,
    consolePort: open['console.http'] ?? settings.consolePort,
    inboxPort: open['inbox.http'] ?? settings.inboxPort,
    inboxSmtpPort: open['inbox.smtp'] ?? null,
  }
}

export function doorPorts(open: OpenPorts): DoorPorts {
  const port = (name: string) => open[name] ?? 0
  return {
    http: port('api.http'),
    inbox: port('inbox.http'),
    inbox_smtp: port('inbox.smtp'),
    smtp: port('smtp.smtp'),
    smtps: port('smtp.smtps'),
    console: port('console.http'),
  }
}
