/** The commands for the operator of an installation, as the table of all commands takes them in. */
export const operatorCommands = {
  account: {
    summary: 'Makes, lists, shows, blocks, limits and closes accounts; lets the first owner in.',
    usage: [
      'account create --name NAME --email ADDRESS [--json]',
      'account list [--json]',
      'account show ID [--json]',
      'account owner-link ID [--json]',
      'account block ID [--reason CODE] [--json]',
      'account unblock ID [--json]',
      'account close ID [--now] [--json]',
      'account reopen ID [--json]',
      'account limits ID [--requests-per-second N] [--daily-quota N|none] [--domains N] [--keys N] [--subaccounts N] [--json]',
      'account logs ID --bodies on|off [--json]',
      'account policy ID --clear-networks [--json]',
    ],
    load: () => import('./account.ts'),
  },
  key: {
    summary: 'Makes, lists, rolls and revokes API keys of an account.',
    usage: [
      'key create --account ID [--name NAME] [--permission full_access|sending_access | --scopes SCOPE,… | --preset NAME] [--streams STREAM,…] [--canary] [--domain NAME]... [--public-key FILE] [--expires 90d|TIME] [--cidr NETWORK]... [--hourly-max N] [--hold] [--no-content] [--json]',
      'key list --account ID [--json]',
      'key roll KEYID [--overlap 24h] [--public-key FILE] [--json]',
      'key revoke KEYID [--hold] [--json]',
    ],
    load: () => import('./key.ts'),
  },
  person: {
    summary: 'Lets a person back in who has lost every second factor and recovery code.',
    usage: ['person reset-factors [--now] [--json]'],
    load: () => import('./person.ts'),
  },
  reset: {
    summary: 'Sets aside passwords and ends sessions, of everybody or of an account.',
    usage: ['reset passwords --all|--account ID --yes [--json]'],
    load: () => import('./reset.ts'),
  },
  sessions: {
    summary: 'Ends sessions, of everybody or of an account.',
    usage: ['sessions end --all|--account ID --yes [--json]'],
    load: () => import('./sessions.ts'),
  },
  revoke: {
    summary: 'Gives API keys an end, of everybody or of an account.',
    usage: ['revoke keys --all|--account ID --grace 24h --yes [--json]'],
    load: () => import('./revoke.ts'),
  },
  domain: {
    summary:
      'Adds, lists, checks and rotates sending domains, and shows the DNS records to publish.',
    usage: [
      'domain add NAME --account ID [--json]',
      'domain verify NAME [--json]',
      'domain list [--account ID] [--json]',
      'domain records NAME [--json]',
      'domain rotate (ACCOUNT DOMAIN | --all) [--json]',
    ],
    load: () => import('./domain.ts'),
  },
  send: {
    summary: 'Sends one message with an API key, through the running instance.',
    usage: [
      'send --key-file FILE --from ADDRESS --to ADDRESS... --subject TEXT (--text TEXT | --html TEXT | --file FILE) [--json]',
    ],
    load: () => import('./send.ts'),
  },
  scan: {
    summary: 'Looks for API keys in a folder, offline; shows where, never the keys.',
    usage: ['scan PATH [--live] [--json]'],
    load: () => import('./scan.ts'),
  },
  verify: {
    summary: 'Verifies an exported audit log, offline; names the line that is not genuine.',
    usage: ['verify FILE [--key PUBLICKEY] [--json]'],
    load: () => import('./verify.ts'),
  },
  export: {
    summary: 'Opens an export of an account or of a person with its key, offline.',
    usage: ['export open FILE --key KEYFILE [--to FOLDER] [--json]'],
    load: () => import('./export.ts'),
  },
  bundle: {
    summary: 'Looks for secrets in the files that browsers are given; shows where, never what.',
    usage: ['bundle check [FOLDER] [--json]'],
    load: () => import('./bundle.ts'),
  },
  message: {
    summary: 'Tells the story of a message; with a key of its account the whole of it.',
    usage: ['message show ID [--key-file FILE] [--json]'],
    load: () => import('./message.ts'),
  },
  queue: {
    summary: 'Shows what waits to be delivered; holds, releases, hastens and ends it.',
    usage: [
      'queue list [--account ID] [--destination DOMAIN] [--key KEYID] [--message ID] [--state queued|attempting|held] [--tag NAME=VALUE --key-file FILE] [--limit N] [--json]',
      'queue show ID [--json]',
      'queue retry [ID...] [choices as of list] [--yes] [--json]',
      'queue hold|release|cancel CHOICES-AS-OF-LIST [--yes] [--json]',
    ],
    load: () => import('./queue.ts'),
  },
  ledger: {
    summary: 'Checks that nobody has changed the ledger.',
    usage: ['ledger verify [--json]'],
    load: () => import('./ledger.ts'),
  },
  vault: {
    summary: 'Shows whether vault is sealed, unseals it, puts the root key behind a passphrase.',
    usage: ['vault status [--json]', 'vault unseal [--json]', 'vault protect [--json]'],
    load: () => import('./vault.ts'),
  },
  migrate: {
    summary: 'Brings the database behind DATABASE_URL to the present, without starting.',
    usage: ['migrate [--json]'],
    load: () => import('./migrate.ts'),
  },
  doctor: {
    summary: 'Looks at everything an instance needs and says what to put right.',
    usage: ['doctor [--json]', 'doctor --live DOMAIN [--json]'],
    load: () => import('./doctor.ts'),
  },
}
