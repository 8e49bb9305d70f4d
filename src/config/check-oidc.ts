/** Settings of single sign-on that must come together. */
import type { Settings } from './settings.ts'

export function checkOidc(settings: Settings, problems: string[]): void {
  const { oidcIssuer, oidcClientId, oidcClientSecret, oidcCaFile, oidcRequired } = settings
  const { consoleUrl } = settings
  const client = [
    ['POSTERN_OIDC_CLIENT_ID', oidcClientId],
    ['POSTERN_OIDC_CLIENT_SECRET', oidcClientSecret],
  ] as const
  if (oidcIssuer === null) {
    for (const [name, value] of [...client, ['POSTERN_OIDC_CA_FILE', oidcCaFile] as const]) {
      if (value === null) continue
      problems.push(`${name} needs POSTERN_OIDC_ISSUER; name the provider, or take it out.`)
    }
    if (oidcRequired) {
      problems.push(
        'POSTERN_OIDC_REQUIRED=true needs POSTERN_OIDC_ISSUER, or nobody could sign in; name the provider, or take it out.',
      )
    }
    return
  }
  for (const [name, value] of client) {
    if (value !== null) continue
    problems.push(`POSTERN_OIDC_ISSUER needs ${name}; copy it from the provider.`)
  }
  if (consoleUrl === null) {
    problems.push(
      'POSTERN_OIDC_ISSUER needs POSTERN_CONSOLE_URL, where the provider sends people back to; for a trial on this machine write POSTERN_CONSOLE_URL=http://localhost:8030.',
    )
  }
}
