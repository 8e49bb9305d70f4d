/** Who may import whom; each rule carries its reason. `npm run check:imports` also demands that modules were seen. */
const processes = ['api', 'smtp', 'console', 'deliver', 'jobs', 'vault', 'inbox']

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea or three.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'lib-knows-nothing-of-ours',
      comment: 'lib is what any program could use; move what knows Postern to core, mail or db.',
      severity: 'error',
      from: { path: '^src/lib/' },
      to: { path: '^src/(?!lib/)' },
    },
    {
      name: 'mail-is-pure',
      comment:
        'The standards are functions of their arguments: no sockets, files, database or other parts of ours.',
      severity: 'error',
      from: { path: '^src/mail/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^(src/(?!mail/|lib/)|(node:)?(fs|net|tls|dns|http|https|child_process)(/|$)|pg$)',
      },
    },
    {
      name: 'db-and-config-stand-low',
      comment: 'db and config are used by everything, so they use only lib.',
      severity: 'error',
      from: { path: '^src/(db|config)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(?!lib/|db/|config/|process/(folders|identity)\\.ts)' },
    },
    {
      name: 'core-knows-no-process',
      comment:
        'core is what Postern knows: it may use lib, mail, db and the client of vault, and no process.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(?!core/|lib/|mail/|db/|vault/client\\.ts)' },
    },
    {
      name: 'process-skeleton-is-general',
      comment:
        'The skeleton and the supervisor start processes; they know lib, config and db, and the accounts of the first start.',
      severity: 'error',
      from: { path: '^src/process/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(?!process/|lib/|config/|db/)' },
    },
    ...processes.map((name) => ({
      name: `${name}-is-a-stranger-to-other-processes`,
      comment:
        'Processes meet in PostgreSQL, at vault’s socket, or through what the supervisor handed them.',
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: {
        path: `^src/(${processes.filter((other) => other !== name).join('|')}|cli)/`,
        pathNot: '^src/vault/client\\.ts$',
      },
    })),
    {
      name: 'only-db-opens-postgresql',
      comment: 'The driver stays in db, so that replacing it touches one folder.',
      severity: 'error',
      from: { path: '^src/(?!db/)' },
      to: { path: '^(node_modules/)?pg(-|/|$)' },
    },
    {
      name: 'fastify-stays-at-the-http-doors',
      comment: 'Only processes that speak HTTP know the framework; they share one file of it.',
      severity: 'error',
      from: { path: '^src/(?!api/|console/|inbox/|lib/schema-compilers\\.ts$)' },
      to: { path: '^(node_modules/)?(@fastify/|fastify)' },
    },
    {
      name: 'only-jobs-orders-certificates',
      comment: 'Only jobs calls out over HTTPS, so only it knows the ACME client.',
      severity: 'error',
      from: { path: '^src/(?!jobs/)' },
      to: { path: '^(node_modules/)?acme-client' },
    },
    {
      name: 'vault-stays-small',
      comment:
        'Of npm packages vault uses only the driver and the logger, both through db and process.',
      severity: 'error',
      from: { path: '^src/vault/' },
      to: { path: '^node_modules/' },
    },
    {
      name: 'dashboard-is-a-customer',
      comment:
        'The dashboard knows the console by its API alone, as every customer does; what it holds, everyone may read.',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^(src|scripts|test|bin)/' },
    },
    {
      name: 'nothing-runs-the-dashboard',
      comment: 'The dashboard is for browsers; the server hands out its files and knows no more.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^dashboard/' },
    },
    {
      name: 'dashboard-ui-knows-no-api',
      comment: 'Components show what they are given; pages fetch it.',
      severity: 'error',
      from: { path: '^dashboard/src/ui/' },
      to: { path: '^dashboard/src/(api|pages)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
