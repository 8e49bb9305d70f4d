/** What `postern doctor` finds of Postern's own mail: the key it is sent with, and whom it comes from. */
import type { Settings } from '../config/settings.ts'
import { sandboxDomain, systemAccountId } from '../core/accounts/system-account.ts'
import type { DomainDocument } from '../core/domains/queries.ts'
import { listDomainsNamed } from '../core/operations/domain-queries.ts'
import { parseMailbox } from '../mail/address.ts'
import { readMailKey } from '../process/secrets.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import type { Operator } from './operator.ts'

export async function examineMail(
  { sql, h1, authority, home }: Pick<Operator, 'sql' | 'h1' | 'authority' | 'home'>,
  settings: Settings,
): Promise<Finding[]> {
  const name = parseMailbox(settings.mailFrom)?.domain ?? ''
  const found = await listDomainsNamed(sql, h1, name)
  const own = found.find(({ accountId }) => accountId === systemAccountId)
  const isGenuine = own !== undefined && authority.distrust(own.state, own.id) === undefined
  return [
    judgeKey(readMailKey(home)),
    judgeFrom(name, { own: isGenuine ? own : undefined, settings }),
  ]
}

function judgeKey(key: string | null): Finding {
  if (key !== null) return ok('mail key', 'Postern can send mail of its own')
  return fail(
    'mail key',
    'Postern cannot send mail of its own: no reset links, no notices',
    'unseal vault, then start Postern again: it makes mail.key',
  )
}

function judgeFrom(
  name: string,
  { own, settings: { route } }: { own: DomainDocument | undefined; settings: Settings },
): Finding {
  if (own?.state.columns.status !== 'verified') {
    return fail(
      'mail from',
      `mail of Postern cannot come from ${name}, which is not verified for its system account`,
      `\`postern domain add ${name} --account ${systemAccountId}\`, publish its records, then \`postern domain verify ${name}\``,
    )
  }
  if (name !== sandboxDomain || route === 'inbox')
    return ok('mail from', `mail of Postern comes from ${name}`)
  return warn(
    'mail from',
    `mail of Postern comes from ${sandboxDomain}, which no host in the world believes`,
    `\`postern domain add DOMAIN --account ${systemAccountId}\`, verify it, and set POSTERN_MAIL_FROM`,
  )
}
