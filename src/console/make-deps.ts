/** Puts together what the routes of console are given. */
import { environmentSecrets } from '../config/environment-secrets.ts'
import type { Settings } from '../config/settings.ts'
import { AuthorityCheck } from '../core/authority/authority-check.ts'
import type { BundleFile, KnownSecrets } from '../core/bundle/check-bundle.ts'
import { MessageDoor } from '../core/messages/accept-message.ts'
import { Senders } from '../core/messages/sender.ts'
import { OwnMail, type OwnMailDeps } from '../core/people/mail.ts'
import { PasswordHasher } from '../core/people/password.ts'
import { PasswordRules } from '../core/people/password-rules.ts'
import type { Handover } from '../process/handover.ts'
import { type ProcessDeps, StartRefused } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import type { ConsoleDeps } from './deps.ts'
import { RunningExports } from './exports/running-exports.ts'
import { OneTimeViews } from './one-time-views.ts'
import { programAddresses } from './program-addresses.ts'
import { SessionUses } from './session-uses.ts'
import { SignedIn } from './signed-in.ts'
import { SingleSignOn, type SingleSignOnDeps } from './single-sign-on.ts'

export interface MadeDeps {
  deps: ConsoleDeps
  mail: OwnMail
  uses: SessionUses
  singleSignOn: SingleSignOn | undefined
}

export function makeDeps(
  { handover, log, clock, sql }: Pick<ProcessDeps<'console'>, 'handover' | 'log' | 'clock' | 'sql'>,
  files: readonly BundleFile[],
): MadeDeps {
  const { settings, authorityPublicKey } = handover
  if (authorityPublicKey === null) throw new Error('the handover has no authority key')
  const ticket = Buffer.from(handover.ticket, 'base64url')
  const check = new AuthorityCheck(Buffer.from(authorityPublicKey, 'base64url'))
  const address = { socket: handover.vaultSocket, ticket: handover.ticket }
  const vault = connectVault({ ...address, role: 'console', log })
  const keys = vault.keys()
  const key = async (name: 'destinationKey' | 'identityKey') => {
    const found = (await keys)[name]
    if (!found) throw new Error(`vault gave console no ${name}`)
    return found
  }
  const sandbox = settings.route === 'inbox'
  const alarm = (fields: { accountId: string; reason: string }) =>
    log.error(fields, 'alarm: authority row not signed by vault')
  const common = { sql, vault, clock, log, check }
  const onCanary = (fields: { accountId: string; credentialId: string }) =>
    log.error(fields, 'alarm: canary key used')
  const senders = new Senders({ ...common, sandbox, door: 'console', alarm, onCanary })
  const uses = new SessionUses({ ...common, ticket })
  const signedIn = new SignedIn({ ...common, uses })
  const { hostname, bind, consoleUrl, trustedProxies, retentionDays } = settings
  const destinationKey = () => key('destinationKey')
  // It sends no bulk mail.
  const door = new MessageDoor({ sql, senders, clock, destinationKey, addsUnsubscribe: false })
  const mail = makeMail({ senders, door, vault, key: handover.mailKey, from: settings.mailFrom })
  const singleSignOn = makeSingleSignOn(settings, { sql, ticket, clock })
  return {
    uses,
    mail,
    singleSignOn,
    deps: {
      ...common,
      ...{ senders, signedIn, hostname, bind, consoleUrl, trustedProxies, retentionDays },
      authorityKey: Buffer.from(authorityPublicKey, 'base64url'),
      dashboard: { files, secrets: secretsOf(handover), frameOrigins: ["'self'"] },
      authenticate: signedIn.authenticate.bind(signedIn),
      views: new OneTimeViews(clock),
      exports: new RunningExports(clock),
      door,
      mail,
      signUp: settings.signUp,
      ...(singleSignOn && { singleSignOn }),
      programs: programAddresses(settings),
      people: {
        ...{ sql, vault, clock, ticket },
        identityKey: () => key('identityKey'),
        hasher: new PasswordHasher(),
        passwordRules: new PasswordRules(),
      },
    },
  }
}

function makeSingleSignOn(
  { oidcIssuer: issuer, oidcClientId: clientId, oidcName: name, oidcRequired: required }: Settings,
  deps: Omit<SingleSignOnDeps, 'offer'>,
): SingleSignOn | undefined {
  if (issuer === null || clientId === null) return undefined
  return new SingleSignOn({ ...deps, offer: { issuer, clientId, name, required } })
}

/** What this process holds, so that none of it is ever handed out with the pages. */
function secretsOf({ ticket, database, mailKey }: Handover): KnownSecrets {
  const own = new Map([['the ticket of console', ticket]])
  if (database) own.set('the database password of console', database.password)
  if (mailKey !== null) own.set('the key of mail of Postern’s own', mailKey)
  return new Map([...environmentSecrets(), ...own])
}

function makeMail(deps: OwnMailDeps): OwnMail {
  try {
    return new OwnMail(deps)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const message =
      'POSTERN_MAIL_FROM must be a mailbox such as `Postern <postern@example.com>`; correct it.'
    throw new StartRefused(message, { cause })
  }
}
