/** Whom mail of Postern itself comes from: the shape of the setting, which the console reads as a mailbox. */
import type { Parsed, Setting } from './settings.ts'

const mailFromDefault = 'Postern <postern@postern.localhost>'

const address = /[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}/.source
const mailbox = new RegExp(`^(?:${address}|[\\p{L}\\p{N} '_-]{1,100} <${address}>)$`, 'u')

function parseMailFrom(text: string): Parsed<string> {
  if (mailbox.test(text)) return { value: text }
  return {
    rule: 'be one address, with or without a name of letters, digits, blanks, hyphens and apostrophes',
    fix: 'write for example POSTERN_MAIL_FROM=Postern <postern@example.com>',
  }
}

export const mailFromSetting: Setting<string> = {
  name: 'POSTERN_MAIL_FROM',
  description:
    'Whom mail of Postern itself comes from, such as links for a new password; its domain must be verified for the system account.',
  accepts: '`name@domain`, or `Name <name@domain>`',
  defaultText: mailFromDefault,
  roles: ['console'],
  secret: false,
  fallback: mailFromDefault,
  parse: parseMailFrom,
}
