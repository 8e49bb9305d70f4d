/** The settings of certificates that an ACME authority issues. */
import type { Parsed, Setting, Settings } from './settings.ts'

/** Of Let's Encrypt, whose certificates mail programs trust. */
export const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory'

export const acmeSettings: { [Key in 'acme' | 'acmeEmail']: Setting<Settings[Key]> } = {
  acme: {
    name: 'POSTERN_ACME',
    description:
      'The authority that certificates of submission are ordered from and renewed at by themselves (ACME, RFC 8555); naming one agrees to its terms of service.',
    accepts: '`off`, `letsencrypt`, or the https address of a directory',
    defaultText: 'off',
    roles: ['api', 'smtp', 'jobs'],
    secret: false,
    fallback: null,
    parse: parseAcme,
  },
  acmeEmail: {
    name: 'POSTERN_ACME_EMAIL',
    description:
      'An address for the authority to write to about certificates; it is told to the authority and nobody else.',
    accepts: 'an email address',
    defaultText: '',
    roles: ['jobs'],
    secret: false,
    fallback: null,
    parse: parseContact,
  },
}

function parseAcme(text: string): Parsed<string | null> {
  if (text === 'off') return { value: null }
  if (text === 'letsencrypt') return { value: letsEncrypt }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const hasSecret = url && (url.username !== '' || url.password !== '')
  if (url?.protocol === 'https:' && !hasSecret && url.hash === '') return { value: url.href }
  return {
    rule: 'be `off`, `letsencrypt` or the https address of a directory',
    fix: 'write POSTERN_ACME=letsencrypt',
  }
}

/** As it may stand in a `mailto:` contact (RFC 8555 §7.3): one address and nothing that would mean more. */
function parseContact(text: string): Parsed<string> {
  if (/^[a-z0-9._+-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text)) return { value: text }
  return {
    rule: 'be one plain email address',
    fix: 'write for example POSTERN_ACME_EMAIL=postmaster@example.com',
  }
}
