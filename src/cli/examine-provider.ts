/** What `postern doctor` finds of the provider of single sign-on. */
import type { Settings } from '../config/settings.ts'
import { isOidcFailure, oidcFailures } from '../core/single-sign-on/failure.ts'
import { findProviderFacts, type ProviderFacts } from '../core/single-sign-on/queries.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import type { Operator } from './operator.ts'

const name = 'single sign-on'

export async function examineProvider(
  { sql, h1 }: Pick<Operator, 'sql' | 'h1'>,
  { oidcIssuer, consoleUrl }: Pick<Settings, 'oidcIssuer' | 'consoleUrl'>,
): Promise<Finding[]> {
  if (oidcIssuer === null) return []
  const redirect = `${consoleUrl}/sign-in/oidc`
  return judgeProvider(await findProviderFacts(sql, h1, oidcIssuer), redirect)
}

export function judgeProvider(facts: ProviderFacts | undefined, redirect: string): Finding[] {
  if (!facts) {
    return [warn(name, 'jobs has not asked the provider yet', 'look again in a minute')]
  }
  const { failureCode, redirectKnown, checkedAt } = facts
  const when = checkedAt.toISOString()
  if (failureCode !== null) return [fail(name, `${failureCode}, ${when}`, fixOf(failureCode))]
  return [ok(name, `the provider answers (${when})`), judgeRedirect(redirectKnown, redirect)]
}

function fixOf(code: string): string {
  if (code === 'discovery_wrong') {
    return 'POSTERN_OIDC_ISSUER must be written exactly as `issuer` stands in its /.well-known/openid-configuration'
  }
  if (code === 'unsupported') {
    return 'its discovery document must name an authorization endpoint on the host of the issuer, a token endpoint and keys, by https'
  }
  if (code === 'away') {
    return 'see that this machine reaches POSTERN_OIDC_ISSUER, and that its certificate is trusted'
  }
  return isOidcFailure(code) ? oidcFailures[code] : 'log/jobs.log says more'
}

function judgeRedirect(isKnown: boolean | null, redirect: string): Finding {
  const what = 'redirect address'
  if (isKnown === true) return ok(what, `the provider sends people back to ${redirect}`)
  if (isKnown === null) {
    const fix = `see that the client there has the redirect address ${redirect}`
    return warn(what, 'the provider does not say whether it takes ours', fix)
  }
  const fix = `compare POSTERN_OIDC_CLIENT_ID, and give the client there the redirect address ${redirect}`
  return fail(what, 'the provider does not take the client with our address', fix)
}
