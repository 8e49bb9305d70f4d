/** The settings of single sign-on by OpenID Connect: one provider for the whole installation. */
import { isLoopbackName } from '../lib/loopback.ts'
import { file, filled, type Parsed } from './setting-values.ts'
import type { Setting, Settings } from './settings.ts'

type OidcKey =
  | 'oidcIssuer'
  | 'oidcClientId'
  | 'oidcClientSecret'
  | 'oidcCaFile'
  | 'oidcName'
  | 'oidcRequired'

const nameLengthMax = 60
const clientIdLengthMax = 255

export const oidcSettings: { [Key in OidcKey]: Setting<Settings[Key]> } = {
  oidcIssuer: {
    name: 'POSTERN_OIDC_ISSUER',
    description:
      'The provider of single sign-on (OpenID Connect) by which people sign in at the console: its issuer, as its discovery document names it.',
    accepts: '`https://host/path`, or `http://localhost:port` for trials',
    defaultText: '',
    roles: ['console', 'jobs'],
    secret: false,
    fallback: null,
    parse: parseIssuer,
  },
  oidcClientId: {
    name: 'POSTERN_OIDC_CLIENT_ID',
    description: 'By which the provider knows this installation.',
    accepts: 'a text',
    defaultText: '',
    roles: ['console', 'jobs'],
    secret: false,
    fallback: null,
    parse: (text) =>
      /^[\x21-\x7e]+$/.test(text) && text.length <= clientIdLengthMax
        ? { value: text }
        : {
            rule: `be the client's id, up to ${clientIdLengthMax} characters without spaces`,
            fix: 'copy it from the provider',
          },
  },
  oidcClientSecret: {
    name: 'POSTERN_OIDC_CLIENT_SECRET',
    description:
      'What the provider gave this installation to prove itself with; jobs alone is told.',
    accepts: 'a text',
    defaultText: '',
    roles: ['jobs'],
    secret: true,
    fallback: null,
    parse: filled("be the client's secret", 'copy it from the provider'),
  },
  oidcCaFile: file(
    'POSTERN_OIDC_CA_FILE',
    'Certificates in PEM that are trusted, beside the usual ones, for the connection to the provider: for one of your own network.',
  ),
  oidcName: {
    name: 'POSTERN_OIDC_NAME',
    description: 'What the button to sign in calls the provider.',
    accepts: `1 to ${nameLengthMax} characters`,
    defaultText: 'single sign-on',
    roles: ['console'],
    secret: false,
    fallback: 'single sign-on',
    parse: (text) =>
      text.trim() !== '' && text.length <= nameLengthMax && !/\p{Cc}/u.test(text)
        ? { value: text.trim() }
        : {
            rule: `be 1 to ${nameLengthMax} characters on one line`,
            fix: 'write for example POSTERN_OIDC_NAME=Acme Login',
          },
  },
  oidcRequired: {
    name: 'POSTERN_OIDC_REQUIRED',
    description:
      'Whether people come in by single sign-on only: passwords, passkeys alone and signing up by password are refused then.',
    accepts: '`true` or `false`',
    defaultText: 'false',
    roles: ['console', 'vault'],
    secret: false,
    fallback: false,
    parse: (text) =>
      text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { rule: 'be `true` or `false`', fix: 'write POSTERN_OIDC_REQUIRED=false' },
  },
}

/** As it was written: it is compared with what the provider calls itself. */
function parseIssuer(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url && isLoopbackIssuer(url))
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && !url.hash
  if (isSafe && isPlain && !text.includes('/.well-known/')) return { value: text }
  return {
    rule: 'be the https address of the issuer; http is for this machine only',
    fix: 'write for example POSTERN_OIDC_ISSUER=https://login.example.com/realms/staff, without /.well-known/…',
  }
}

function isLoopbackIssuer({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopbackName(hostname)
}
