/** Settings of certificates that must fit together: where they come from, and for which name. */
import { isIP } from 'node:net'
import { letsEncrypt } from './acme-settings.ts'
import type { Settings } from './settings.ts'

/** Names that no public authority issues for (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
const ownNetworks = /(^|\.)(test|example|invalid|local|internal|lan|home\.arpa)$/

export function checkCertificates(settings: Settings, problems: string[]): void {
  const { acme, acmeEmail, acmeCaFile, tlsCertFile, tlsKeyFile, hostname } = settings
  if (acme === null) {
    const unused = [
      acmeEmail === null ? [] : ['POSTERN_ACME_EMAIL'],
      acmeCaFile === null ? [] : ['POSTERN_ACME_CA_FILE'],
    ].flat()
    for (const name of unused) {
      problems.push(`${name} needs POSTERN_ACME; name an authority there, or take it out.`)
    }
    return
  }
  if (tlsCertFile !== null || tlsKeyFile !== null) {
    problems.push(
      'POSTERN_ACME and POSTERN_TLS_CERT_FILE or POSTERN_TLS_KEY_FILE are both set; keep either the authority or the files.',
    )
  }
  if (!isPublicName(hostname, acme)) {
    problems.push(
      `POSTERN_HOSTNAME must be a public name for POSTERN_ACME, since the authority looks it up (it is ${hostname}); write for example POSTERN_HOSTNAME=mail.example.com, or POSTERN_ACME=off.`,
    )
  }
}

function isPublicName(hostname: string, directory: string): boolean {
  if (!hostname.includes('.') || isIP(hostname) > 0 || /(^|\.)localhost$/.test(hostname)) {
    return false
  }
  // An authority of one's own network may well know them.
  return directory !== letsEncrypt || !ownNetworks.test(hostname)
}
