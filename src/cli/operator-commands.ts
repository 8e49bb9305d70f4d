/** The commands for the operator of an installation, as the table of all commands takes them in. */
export const operatorCommands = {
  account: {
    summary: 'Makes, lists, shows, blocks and limits accounts.',
    usage: [
      'account create --name NAME --email ADDRESS [--json]',
      'account list [--json]',
      'account show ID [--json]',
      'account block ID [--reason CODE] [--json]',
      'account unblock ID [--json]',
      'account limits ID [--requests-per-second N] [--daily-quota N|none] [--domains N] [--keys N] [--json]',
    ],
    load: () => import('./account.ts'),
  },
  key: {
    summary: 'Makes, lists and revokes API keys of an account.',
    usage: [
      'key create --account ID [--name NAME] [--permission full_access|sending_access] [--domain NAME] [--json]',
      'key list --account ID [--json]',
      'key revoke KEYID [--json]',
    ],
    load: () => import('./key.ts'),
  },
  domain: {
    summary: 'Adds, lists and checks sending domains, and shows the DNS records to publish.',
    usage: [
      'domain add NAME --account ID [--json]',
      'domain verify NAME [--json]',
      'domain list [--account ID] [--json]',
      'domain records NAME [--json]',
    ],
    load: () => import('./domain.ts'),
  },
  message: {
    summary: 'Tells the story of a message; with a key of its account the whole of it.',
    usage: ['message show ID [--key-file FILE] [--json]'],
    load: () => import('./message.ts'),
  },
  queue: {
    summary: 'Shows what waits to be delivered.',
    usage: ['queue list [--account ID] [--limit N] [--json]'],
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
