/** Overview, domains, API keys and usage, as a person goes through them over the real console. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { countStep } from '../../src/core/statistics/count-step.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { DomainChecks, openDomainChecksStore } from '../../src/jobs/domain-checks.ts'
import { makeRecordLookup } from '../../src/jobs/record-lookup.ts'
import { nextCode } from '../people/people-support.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { plantEvents, plantMessage } from '../support/planted.ts'
import { silentLog } from '../support/vault.ts'
import { waitFor } from '../support/wait-for.ts'
import { demandAccessible } from './support/accessible.ts'
import {
  followClock,
  type PeoplePages,
  signInByPage,
  startPeoplePages,
} from './support/people-pages.ts'

const shots = process.env.POSTERN_TEST_SHOTS
const hostname = 'postern.test'

let pages: PeoplePages
let page: Page
let owner: { email: string; secret: string }
let dns: DnsServer
let jobsSql: Pool
let ticket: Buffer
let checks: DomainChecks
const troubles: string[] = []

before(async () => {
  pages = await startPeoplePages()
  owner = await pages.running.owner()
  const { database, vault, clock } = pages.running
  dns = await startDnsServer()
  ticket = await database.ticket('jobs')
  jobsSql = openPool(database.logins.jobs, { connectionsMax: 2 })
  checks = new DomainChecks({
    store: openDomainChecksStore(jobsSql, ticket),
    vault: vault.client('jobs', ticket),
    lookUp: makeRecordLookup({ host: '127.0.0.1', port: dns.port }, { timeoutMs: 500 }),
    hostname,
    clock,
    random: () => 0.5,
    log: silentLog,
  })
  page = await pages.open()
  page.setDefaultTimeout(60_000)
  page.on('pageerror', ({ message }) => troubles.push(message))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) troubles.push(message.text())
  })
  await signInByPage(page, pages.running, owner)
})
after(async () => {
  await jobsSql?.end()
  await dns?.stop()
  await pages?.stop()
})

async function shoot(name: string): Promise<void> {
  if (!shots) return
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
}

/** In both themes and at both widths; then it is as it was. */
async function demandGood(name: string): Promise<void> {
  await demandAccessible(page, name, shoot)
  assert.deepEqual(troubles, [], name)
}

/** The dialog that asks for a factor is answered, where it comes. */
async function showFactor(): Promise<void> {
  const code = nextCode(owner.secret, pages.running.clock)
  await followClock(page, pages.running.clock)
  await page.getByLabel('Code of your authenticator app').fill(code)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { name: 'Is it you?' }).waitFor({ state: 'detached' })
}

test('who has sent nothing is led to their first message', async () => {
  await page.goto('/')
  await page.getByText('Send your first message').first().waitFor()
  const link = page.getByRole('link', { name: 'Send your first message' })
  assert.equal(await link.getAttribute('href'), '/start')
  await demandGood('overview-empty')
})

test('a domain is added, and its records are there to be copied', async () => {
  await page.getByRole('link', { name: 'Domains', exact: true }).click()
  await page.getByText('No domain yet').waitFor()
  await demandGood('domains-empty')
  await page.getByRole('button', { name: 'Add a domain' }).click()
  await page.getByLabel('Domain', { exact: true }).fill('not a name')
  await page.getByRole('button', { name: 'Add domain' }).click()
  await page.getByText(/must be a domain name such as example.com/).waitFor()
  await demandGood('domain-add')
  await page.getByLabel('Domain', { exact: true }).fill('mail.shop.example')
  await page.getByRole('button', { name: 'Add domain' }).click()
  await page.getByRole('heading', { name: /mail\.shop\.example/ }).waitFor()
  await page.getByText('Not started').first().waitFor()
  await page.getByRole('button', { name: 'Copy value of DKIM key, TXT' }).waitFor()
  await page.getByText('send.mail', { exact: true }).first().waitFor()
})

test('records that are wrong are shown beside what was expected, and right ones make it verified', async () => {
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const { body } = await readDomain(id)
  const [key] = body.records
  const twice = `${key.name}.shop.example`
  publish(body.records.filter(({ purpose }: { purpose: string }) => purpose !== 'dkim'))
  dns.zone[twice] = { TXT: [key.value] }
  const policy = dns.zone['send.mail.shop.example']
  assert.ok(policy)
  policy.TXT = ['v=spf1 include:_spf.elsewhere.example ~all']
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByText('Looking the records up').waitFor()
  await checks.run()
  await page.getByText(/entered with the domain twice/).waitFor()
  await page.getByText(/does not name include:_spf\.postern\.test/).waitFor()
  await demandGood('domain-wrong')
  publish(body.records)
  dns.zone['mail.shop.example'] = { TXT: ['v=spf1 include:_spf.elsewhere.example -all'] }
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByText('Looking the records up').waitFor()
  await checks.run()
  await page.getByRole('heading', { name: /mail\.shop\.example Verified/ }).waitFor()
  await page.getByText('4 of 4 records found right').waitFor()
  await page.getByText(/name without exactly one SPF record/).waitFor()
  await page.getByText(/evaluating it takes 1 DNS look-up of 10/).waitFor()
  await demandGood('domain')
})

/** Looks the records up as jobs would, until the page has its answer. */
async function lookUntil(text: string | RegExp): Promise<void> {
  const answer = page.getByText(text).first()
  await waitFor(
    async () => {
      await checks.run()
      return answer.isVisible()
    },
    { what: String(text), seconds: 60 },
  )
}

test('keys are rotated once the standby key is found, and its replacement has to wait', async () => {
  const name = 'postern2._domainkey.mail.shop.example'
  const published = dns.zone[name]
  assert.ok(published)
  dns.zone[name] = { TXT: ['p=another'] }
  await page.getByRole('button', { name: 'Rotate', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Rotate keys' }).click()
  await lookUntil(/The standby key is not published, so nothing was rotated/)
  await dialog.getByText('not expected: ').first().waitFor()
  await demandGood('domain-rotate')
  dns.zone[name] = published
  await dialog.getByRole('button', { name: 'Rotate keys' }).click()
  await lookUntil('postern2 signs the mail of mail.shop.example now')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Replace the standby key' }).click()
  await dialog.getByText(/It can be replaced from/).waitFor()
  assert.equal(await dialog.getByRole('button', { name: 'Replace key' }).isEnabled(), false)
  await demandGood('domain-replace')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Domains', exact: true }).first().click()
  await page.getByRole('link', { name: 'mail.shop.example' }).waitFor()
  await demandGood('domains')
})

test('a key is made, is shown once, and can be rolled', async () => {
  await page.getByRole('link', { name: 'API keys', exact: true }).click()
  await page.getByRole('button', { name: 'Make an API key' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Shop, production')
  await page.getByText('Restrict it further').click()
  await page.getByLabel('Networks').fill('127.0.0.0/8\n::1')
  const pair = generateKeyPairSync('ed25519')
  const pem = (half: KeyObject, type: 'spki' | 'pkcs8') => half.export({ type, format: 'pem' })
  await page.getByLabel('mail.shop.example').check()
  await page.getByLabel('Requests must be signed').check()
  await page.getByLabel('Public key').fill(`${pem(pair.privateKey, 'pkcs8')}`)
  await demandGood('key-create')
  pages.running.clock.forward(11 * 60_000)
  await followClock(page, pages.running.clock)
  await page.getByRole('button', { name: 'Make key' }).click()
  await page.getByText(/That is a private key/).waitFor()
  await page.getByLabel('Public key').fill(`${pem(pair.publicKey, 'spki')}`)
  await page.getByRole('button', { name: 'Make key' }).click()
  await showFactor()
  const token = page.getByText(/^pst_live_/)
  await token.waitFor()
  const text = await token.textContent()
  await demandGood('key-made')
  await page.getByRole('button', { name: 'I have it' }).click()
  await page.getByRole('link', { name: 'Shop, production' }).waitFor()
  await demandGood('keys')
  assert.ok(!(await page.content()).includes(text ?? '?'), 'the token is gone from the page')
  await page.getByRole('link', { name: 'Shop, production' }).click()
  await page.getByRole('heading', { name: 'Shop, production' }).waitFor()
  await page.getByText('must be signed with Ed25519').waitFor()
  await page.getByRole('link', { name: 'mail.shop.example' }).waitFor()
  await demandGood('key-signed')
  await page.getByRole('button', { name: 'Roll', exact: true }).click()
  await page.getByLabel('The old key goes on for').selectOption('3600')
  await page.getByRole('button', { name: 'Roll key' }).click()
  await page.getByText('The old key ends').waitFor()
  await page.getByText('never by itself').last().waitFor()
  assert.equal(await page.getByRole('dialog').getByText('never by itself').count(), 1)
  await demandGood('key-rolled')
  await page.getByRole('button', { name: 'I have it' }).click()
})

test('what would break is told before a key is revoked', async () => {
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await sendBy(id)
  await page.reload()
  await page.getByText(/it sent 40 messages/).waitFor()
  await demandGood('key')
  await page.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page.getByLabel('Type Shop, production to go on').fill('Shop')
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByText(/exactly as it is written/).waitFor()
  await demandGood('key-revoke')
  await page.getByLabel('Type Shop, production to go on').fill('Shop, production')
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByText('Shop, production is revoked', { exact: true }).waitFor()
  // Its successor alone: a second one of that name would be a breach of strictness.
  await page.getByRole('link', { name: 'Shop, production' }).waitFor()
})

test('the overview tells what became of the mail, by range and domain', async () => {
  await page.goto('/')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.getByText('google.com').waitFor()
  await page.getByLabel('Range').selectOption('24h')
  await page.waitForURL((url) => url.searchParams.get('range') === '24h')
  await demandGood('overview')
  await page.getByLabel('Domain', { exact: true }).selectOption({ label: 'mail.shop.example' })
  await page.waitForURL((url) => url.searchParams.get('domain') !== null)
  await page.getByText('No mail host has been tried in this time.').waitFor()
})

test('usage is beside its limits', async () => {
  await page.getByRole('link', { name: 'Usage', exact: true }).click()
  await page.getByRole('heading', { name: 'The last 30 days' }).waitFor()
  await demandGood('usage')
})

test('a domain is deleted by typing its name', async () => {
  await page.getByRole('link', { name: 'Domains', exact: true }).click()
  await page.getByRole('link', { name: 'mail.shop.example' }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByLabel('Type mail.shop.example to go on').fill('mail.shop.example')
  await page.getByRole('button', { name: 'Delete domain' }).click()
  await page.getByText('No domain yet').waitFor()
})

async function readDomain(id: string) {
  const browser = pages.running.browser()
  const factor = { type: 'totp', code: nextCode(owner.secret, pages.running.clock) }
  const { password } = await import('../people/people-support.ts')
  await browser.signIn({ email: owner.email, password, factor })
  await followClock(page, pages.running.clock)
  return browser.ask('GET', `/api/domains/${id}`)
}

function publish(
  records: { type: string; name: string; value: string; priority: number | null }[],
): void {
  for (const { type, name, value, priority } of records) {
    const entry = dns.zone[name] ?? {}
    dns.zone[name] = entry
    if (type === 'MX') entry.MX = [{ priority: priority ?? 10, exchange: value }]
    else entry.TXT = [value]
  }
}

/** Forty messages of the last day by that key, of which some bounced. */
async function sendBy(credentialId: string): Promise<void> {
  const { database, accountId } = pages.running
  const hosts = ['gmail-smtp-in.l.google.com', 'shop-example.mail.protection.outlook.com']
  for (let nth = 0; nth < 40; nth++) {
    const atMs = Date.now() - 60_000 - nth * 30 * 60_000
    const message = await plantMessage(database, {
      accountId,
      stream: 'transactional',
      domainId: null,
      recipients: 1,
      createdAtMs: atMs,
    })
    const kind = nth % 9 === 4 ? 'bounced' : 'delivered'
    const startedAtMs = atMs + 400 + nth * 90
    const attempt = { host: hosts[nth % 2] ?? '', number: 1, startedAtMs, outcome: kind }
    await plantEvents(database, [
      { message, n: null, kind: 'accepted', atMs },
      { message, n: 0, kind, atMs: startedAtMs, attempt },
    ])
  }
  await database.query('update postern.messages set credential_id = $1', [credentialId])
  await database.query(
    `insert into private.watermarks (name, at) values ('statistics', now() - interval '25 hours')
     on conflict (name) do update set at = excluded.at`,
  )
  const limits = { behindSeconds: 0, stepSeconds: 3_600, rowLimit: 20_000, rowsMax: 500 }
  while (await countStep(jobsSql, ticket, limits));
}
