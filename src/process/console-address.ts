/** Where people reach the console: the address that cookies, passkeys and links hold for. */
import type { Settings } from '../config/settings.ts'

export function consoleAddress({ consoleUrl }: Pick<Settings, 'consoleUrl'>, port: number): string {
  return consoleUrl ?? `http://localhost:${port}`
}
