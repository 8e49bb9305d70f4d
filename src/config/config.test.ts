import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ConfigProblems, loadConfig } from './config.ts'
import { nearestName } from './nearest-name.ts'
import { settingsFor } from './settings.ts'
import { settingsPage } from './settings-doc.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-config-'))
after(() => rmSync(folder, { recursive: true }))

function load(environment: Record<string, string>, file = '') {
  writeFileSync(join(folder, 'settings.env'), file)
  return loadConfig({ POSTERN_HOME: folder, ...environment }, '/')
}

function problemsOf(environment: Record<string, string>, file = ''): readonly string[] {
  try {
    load(environment, file)
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems
    throw error
  }
  return []
}

test('without settings every default holds, under the working folder', () => {
  const { settings, origins } = loadConfig({}, '/srv/mail')
  assert.equal(settings.home, '/srv/mail/.postern')
  assert.equal(settings.httpPort, 8025)
  assert.equal(settings.inboxPort, 8027)
  assert.equal(settings.bind, '127.0.0.1')
  assert.equal(settings.route, 'inbox')
  assert.equal(settings.databaseUrl, null)
  assert.equal(origins.httpPort, 'default')
})

test('the environment overrides the file, the file overrides the default', () => {
  const file = '# ours\nPOSTERN_HTTP_PORT=1000\nPOSTERN_INBOX_PORT="1001"\n'
  const { settings, origins } = load({ POSTERN_HTTP_PORT: '2000' }, file)
  assert.equal(settings.httpPort, 2000)
  assert.equal(settings.inboxPort, 1001)
  assert.deepEqual([origins.httpPort, origins.inboxPort], ['environment', 'file'])
})

test('an unknown name is refused with the nearest right one, from either source', () => {
  assert.match(problemsOf({ POSTERN_HTPP_PORT: '1' })[0]!, /did you mean POSTERN_HTTP_PORT/)
  assert.match(problemsOf({}, 'POSTERN_ROUTS_FILE=x')[0]!, /did you mean POSTERN_ROUTES_FILE/)
  assert.deepEqual(problemsOf({ HOME: '/root', PATH: '/bin' }), [])
})

test('all problems are said at once, each with name, rule and fix', () => {
  const problems = problemsOf({
    POSTERN_HTTP_PORT: '70000',
    POSTERN_BIND: 'here',
    POSTERN_DNS: 'x',
  })
  assert.equal(problems.length, 3)
  assert.match(
    problems[0]!,
    /^POSTERN_HTTP_PORT must be a whole number.*write POSTERN_HTTP_PORT=8025/,
  )
})

test('delivery to the hosts of each domain is said to come later', () => {
  assert.match(problemsOf({ POSTERN_ROUTE: 'mx' })[0]!, /comes with a later version/)
})

for (const [text, expected] of [
  ['inbox', 'inbox'],
  ['smtp://relay.example.com:2525', { host: 'relay.example.com', port: 2525 }],
  ['smtp://[::1]:25', { host: '::1', port: 25 }],
  ['smtp://relay.example.com', { host: 'relay.example.com', port: 25 }],
] as const) {
  test(`a route may be ${text}`, () => {
    assert.deepEqual(load({ POSTERN_ROUTE: text }).settings.route, expected)
  })
}

for (const text of [
  'smtp://a:0',
  'smtp://a:70000',
  'smtp://[zz]:1',
  'http://a:1',
  'smtp://u:p@a:1',
]) {
  test(`a route may not be ${text}`, () => {
    assert.equal(problemsOf({ POSTERN_ROUTE: text }).length, 1)
  })
}

test('networks of proxies are read one by one, and one that is wrong refuses the setting', () => {
  const read = (text: string) => load({ POSTERN_TRUSTED_PROXIES: text }).settings.trustedProxies
  assert.deepEqual(read('10.0.0.0/8, ::1'), ['10.0.0.0/8', '::1/128'])
  assert.deepEqual(load({}).settings.trustedProxies, [])
  for (const text of ['10.0.0.1/8', '10.0.0.0/8,', 'proxy']) {
    assert.equal(problemsOf({ POSTERN_TRUSTED_PROXIES: text }).length, 1, text)
  }
})

test('messages are kept for 30 days unless somebody says otherwise', () => {
  assert.equal(load({}).settings.retentionDays, 30)
  assert.equal(load({ POSTERN_RETENTION_DAYS: '7' }).settings.retentionDays, 7)
  for (const text of ['0', '3651', '-1', '7.5', 'month']) {
    assert.equal(problemsOf({ POSTERN_RETENTION_DAYS: text }).length, 1, text)
  }
})

test('a public address is the beginning of a web address, and has no path', () => {
  const of = (text: string) => load({ POSTERN_PUBLIC_URL: text }).settings.publicUrl
  assert.equal(of('https://mail.example.com'), 'https://mail.example.com')
  assert.equal(of('http://MAIL.example.com:8025/'), 'http://mail.example.com:8025')
  for (const text of [
    'mail.example.com',
    'https://a.test/x',
    'ftp://a.test',
    'https://u:p@a.test',
  ]) {
    assert.equal(problemsOf({ POSTERN_PUBLIC_URL: text }).length, 1, text)
  }
})

test('the console is reached over TLS, or on this machine only', () => {
  const of = (text: string) => load({ POSTERN_CONSOLE_URL: text }).settings.consoleUrl
  assert.equal(of('https://Console.example.com/'), 'https://console.example.com')
  assert.equal(of('http://localhost:8030'), 'http://localhost:8030')
  assert.equal(of('http://[::1]:8030'), 'http://[::1]:8030')
  for (const text of ['http://console.example.com', 'https://a.test/x', 'console.example.com']) {
    assert.match(problemsOf({ POSTERN_CONSOLE_URL: text })[0] ?? '', /POSTERN_CONSOLE_URL=https/)
  }
  assert.equal(load({}).settings.consoleUrl, null)
})

test('a secret may stand in a file that NAME_FILE names, but not in both', () => {
  const path = join(folder, 'url')
  writeFileSync(path, 'postgres://a:b@c/d\n')
  assert.equal(load({ DATABASE_URL_FILE: path }).settings.databaseUrl, 'postgres://a:b@c/d')
  assert.equal(problemsOf({ DATABASE_URL_FILE: path, DATABASE_URL: 'postgres://x/y' }).length, 1)
  assert.match(problemsOf({ DATABASE_URL_FILE: '/nowhere' })[0]!, /readable file/)
})

test('what is wrong with a secret is said without the secret', () => {
  assert.doesNotMatch(problemsOf({ DATABASE_URL: 'mysql://a:hunter2@c' })[0]!, /hunter2/)
})

test('a process is not told what is not its own', () => {
  const environment = { DATABASE_URL: 'postgres://a:b@c/d', POSTERN_UNSEAL_COMMAND: 'true' }
  const told = settingsFor('api', load({ ...environment, POSTERN_HTTP_PORT: '1' }).settings)
  assert.equal(told.databaseUrl, null)
  assert.equal(told.unsealCommand, null)
  assert.equal(told.httpPort, 1)
})

test('the nearest name takes the fewest changed letters', () => {
  assert.equal(nearestName('acount', ['account', 'config', 'queue']), 'account')
})

test('the page about settings is fresh; run `npm run docs:settings`', () => {
  const page = new URL('../../docs/operating/settings.md', import.meta.url)
  assert.equal(readFileSync(page, 'utf8'), settingsPage())
})

test('an authority is named by its word or its directory, and over HTTPS only', () => {
  const POSTERN_HOSTNAME = 'mail.example.com'
  const acme = (POSTERN_ACME: string) => load({ POSTERN_ACME, POSTERN_HOSTNAME }).settings.acme
  assert.equal(acme('off'), null)
  assert.equal(load({}).settings.acme, null)
  assert.equal(acme('letsencrypt'), 'https://acme-v02.api.letsencrypt.org/directory')
  assert.equal(acme('https://ca.example/dir'), 'https://ca.example/dir')
  for (const POSTERN_ACME of ['http://ca.example/dir', 'https://user:x@ca.example/', 'on']) {
    assert.match(problemsOf({ POSTERN_ACME, POSTERN_HOSTNAME })[0]!, /^POSTERN_ACME must be `off`/)
  }
})

test('certificates come from an authority or from files, for a name the authority can look up', () => {
  const acme = { POSTERN_ACME: 'letsencrypt', POSTERN_HOSTNAME: 'mail.example.com' }
  assert.deepEqual(problemsOf(acme), [])
  assert.match(problemsOf({ ...acme, POSTERN_TLS_KEY_FILE: '/k' })[0]!, /both set; keep either/)
  const names = ['', 'localhost', 'a.localhost', 'mail', '192.0.2.1', 'mail.internal', 'a.test']
  for (const POSTERN_HOSTNAME of names) {
    assert.match(problemsOf({ ...acme, POSTERN_HOSTNAME })[0]!, /must be a public name/)
  }
  const own = { POSTERN_ACME: 'https://ca.internal/dir', POSTERN_HOSTNAME: 'mail.internal' }
  assert.deepEqual(problemsOf(own), [])
  assert.match(problemsOf({ ...own, POSTERN_ACME_EMAIL: 'a@b.c, d@e.f' })[0]!, /one plain email/)
  assert.match(problemsOf({ POSTERN_ACME_EMAIL: 'a@example.com' })[0]!, /needs POSTERN_ACME/)
})

test('single sign-on has a provider, what it gave us, and an address to come back to', () => {
  const client = { POSTERN_OIDC_CLIENT_ID: 'postern', POSTERN_OIDC_CLIENT_SECRET: 'x' }
  const whole = {
    ...client,
    POSTERN_OIDC_ISSUER: 'https://login.example.com',
    POSTERN_OIDC_CA_FILE: 'ca.pem',
    POSTERN_CONSOLE_URL: 'https://console.example.com',
  }
  assert.deepEqual(problemsOf(whole), [])
  assert.equal(load(whole).settings.oidcCaFile, '/ca.pem')
  for (const name of Object.keys(whole).filter((one) => one !== 'POSTERN_OIDC_CA_FILE')) {
    const [problem] = problemsOf({ ...whole, [name]: undefined })
    assert.match(problem!, /POSTERN_OIDC_[A-Z_]+ needs /)
    assert.ok(problem!.includes(name), problem)
  }
  const alone = problemsOf({ POSTERN_OIDC_CA_FILE: 'ca.pem' })
  assert.match(alone[0]!, /^POSTERN_OIDC_CA_FILE needs POSTERN_OIDC_ISSUER/)
})
