/** Members, settings and the audit log as a person works with them, over the real console. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeRecoveryCodes } from '../../src/core/people/factors.ts'
import { freshen, memberBrowser } from '../console/account-support.ts'
import { messageOf, testJobs } from '../console/data-support.ts'
import { accept } from '../console/mail-support.ts'
import type { SignedInBrowser } from '../console/people-console.ts'
import { nextCode, password } from '../people/people-support.ts'
import { draft } from '../support/seeded.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  followClock,
  type PeoplePages,
  signInByPage,
  startPeoplePages,
} from './support/people-pages.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const checkout = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'account-pages-'))
/** Where pictures of the pages go, when somebody wants to look at them. */
const shots = process.env.POSTERN_TEST_SHOTS

let pages: PeoplePages
let page: Page
let owner: SignedInBrowser

before(async () => {
  pages = await startPeoplePages()
  owner = await pages.running.owner()
  await memberBrowser(pages.running, owner, { role: 'developer' })
  page = await pages.open()
  await signInByPage(page, pages.running, owner)
})
after(async () => {
  await pages?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function faults(): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) =>
       violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  )
  return found as string[] // as the expression builds them
}

async function recoveryCodes(): Promise<string[]> {
  const { browser } = owner
  await freshen(pages.running, owner)
  const { user, account_id: accountId } = (await browser.ask('GET', '/api/session')).body
  return makeRecoveryCodes(pages.running.deps, { h1: browser.h1, userId: user.id, accountId })
}

/** In a browser of their own, which is shut out as well. */
async function approveAtPage({ email, secret }: SignedInBrowser, asked: string): Promise<void> {
  const { clock } = pages.running
  const theirs = await pages.open({ width: 390, theme: 'dark' })
  const code = nextCode(secret, clock)
  await followClock(theirs, clock)
  await theirs.goto('/break-glass')
  await theirs.getByRole('tab', { name: 'I approve it' }).click()
  await theirs.getByLabel('Code of the request').fill(asked)
  await theirs.getByLabel('Your email address').fill(email)
  await theirs.getByLabel('Your password').fill(password)
  if (shots) await theirs.screenshot({ path: join(shots, 'break-glass-approve.png') })
  await theirs.getByRole('button', { name: 'Go on' }).click()
  await theirs.getByRole('button', { name: 'Use an authenticator app' }).click()
  await theirs.getByLabel('Code of your authenticator app').fill(code)
  await theirs.getByRole('button', { name: 'Open the dashboard' }).click()
  await theirs.getByRole('heading', { name: 'The dashboard is open' }).waitFor()
  if (shots) await theirs.screenshot({ path: join(shots, 'break-glass-open.png') })
  await theirs.context().close()
}

async function shot(name: string): Promise<void> {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) })
}

test('somebody is invited, and the invitation is taken back', async () => {
  await page.goto('/members')
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
  await dialog.getByLabel('Email address').fill('grace@example.com')
  await dialog.getByLabel('Role').selectOption('custom')
  await dialog.getByLabel('See usage, limits and statistics.').check()
  await shot('invite')
  assert.deepEqual(await faults(), [])
  await dialog.getByRole('button', { name: 'Send invitation' }).click()
  await page.getByText('Invitation sent').first().waitFor()
  await page.getByRole('tab', { name: 'Invitations' }).click()
  await page.getByRole('cell', { name: 'grace@example.com', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Invitation of grace@example.com' }).click()
  await page.getByRole('menuitem', { name: 'Take back' }).click()
  await page.getByText('No open invitations').waitFor()
})

test('a member gets another role, and is removed once their name is typed', async () => {
  await page.goto('/members')
  await page.getByRole('button', { name: 'Change Member' }).click()
  await page.getByRole('menuitem', { name: 'Change role' }).click()
  const dialog = page.getByRole('dialog', { name: 'Role of Member' })
  await dialog.getByLabel('Role').selectOption('billing')
  await dialog.getByText('See usage, limits and statistics.').waitFor()
  await dialog.getByRole('button', { name: 'Change role' }).click()
  await page.getByRole('cell', { name: 'Billing' }).waitFor()
  await page.getByRole('button', { name: 'Change Member' }).click()
  await page.getByRole('menuitem', { name: 'Remove from the account' }).click()
  const remove = page.getByRole('dialog', { name: 'Remove Member' })
  await remove.getByText('No live API key was made by them').waitFor()
  await remove.getByLabel('Type Member to go on').fill('Memb')
  await remove.getByRole('button', { name: 'Remove member' }).click()
  await remove.getByText('exactly as it is written').waitFor()
  await shot('remove')
  await remove.getByLabel('Type Member to go on').fill('Member')
  await remove.getByRole('button', { name: 'Remove member' }).click()
  await page.getByRole('cell', { name: 'Billing' }).waitFor({ state: 'detached' })
})

test('the audit log shows what was just done, and each line with its proof', async () => {
  await page.goto('/audit')
  const line = page.getByRole('button', { name: 'Ada removed a member' })
  await line.waitFor()
  await shot('audit')
  await page.getByRole('combobox', { name: 'What was done' }).selectOption('member.change')
  await page.waitForURL(/action=member\.change/)
  await line.waitFor({ state: 'detached' })
  const changed = page.getByRole('button', { name: 'Ada changed the role of a member' })
  await changed.click()
  await page.getByText(/Placed at position \d+; checkpoint over \d+ lines/).waitFor()
  await shot('proof')
  assert.deepEqual(await faults(), [])
  await page.keyboard.press('Escape')
})

test('the export verifies on the command line, and not with one byte changed', async () => {
  await page.goto('/audit')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const file = await (await download).path()
  const key = pages.running.vault.publicKey.toString('base64url')
  const verify = (...more: string[]) =>
    spawnSync(join(checkout, 'bin/postern'), ['verify', file, ...more, '--json'], {
      encoding: 'utf8',
      timeout: 60_000,
    })
  const genuine = verify('--key', key)
  assert.equal(genuine.status, 0, genuine.stdout + genuine.stderr)
  const said = JSON.parse(genuine.stdout)
  assert.deepEqual([said.ok, said.key_from], [true, 'given'])
  assert.equal(JSON.parse(verify().stdout).key_from, 'file')
  writeFileSync(file, readFileSync(file, 'utf8').replace('member.end', 'member.enD'))
  const forged = verify('--key', key)
  assert.equal(forged.status, 1)
  assert.ok(JSON.parse(forged.stdout).bad_line > 1)
})

/** The settings of a subaccount, to which the sweep below does not come, by both themes and widths. */
async function lookInside(): Promise<void> {
  for (const width of [390, 1440]) {
    for (const theme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: theme })
      await page.goto('/settings')
      await page.getByRole('heading', { name: 'Belongs to another account' }).waitFor()
      await shot(`subaccount-inside-${width}-${theme}`)
      assert.deepEqual(await faults(), [])
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

test('everything is exported to a key of the browser, and opens on the command line', async () => {
  await accept(pages.running, owner.browser, [
    draft(['reader@example.com'], { subject: 'What was sent' }),
    draft(['somebody@example.com'], { subject: 'Not theirs' }),
  ])
  await page.goto('/settings')
  await page.getByRole('link', { name: 'Your data' }).click()
  const everything = page.getByRole('button', { name: 'Export everything' })
  await everything.waitFor()
  assert.ok(await everything.isDisabled(), 'there is no key yet')
  await shot('data')
  const key = await saved(() => page.getByRole('button', { name: 'Make an export key' }).click())
  assert.match(key, /postern-export-key-[0-9a-f]{8}\.txt$/)
  const whole = await saved(() => everything.click())
  await page.getByText('The file is whole: 2 messages').waitFor()
  await shot('data-exported')
  assert.deepEqual(await faults(), [])
  // Both came in one moment, so either may be the first.
  assert.deepEqual(subjectsIn(whole, key).sort(), ['Not theirs', 'What was sent'])
  await page.getByLabel('Address of the person').fill('reader@example.com')
  const person = await saved(() => page.getByRole('button', { name: 'Export this person' }).click())
  await page.getByText('The file is whole: 1 message,').waitFor()
  assert.deepEqual(subjectsIn(person, key), ['What was sent'])
})

/** Where the browser would have put it, under the name that it was given. */
async function saved(ask: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), ask()])
  const file = join(folder, download.suggestedFilename())
  await download.saveAs(file)
  return file
}

function subjectsIn(file: string, key: string): string[] {
  const { status, stderr } = spawnSync(
    join(checkout, 'bin/postern'),
    ['export', 'open', file, '--key', key],
    { encoding: 'utf8', timeout: 60_000 },
  )
  assert.equal(status, 0, stderr)
  const rows = readFileSync(join(file.replace(/\.postern$/, ''), 'messages.ndjson'), 'utf8')
  return rows
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row).subject)
}

test('days are set, a person is erased, and the account is closed and kept after all', async () => {
  const { running } = pages
  const jobs = await testJobs(running)
  await messageOf(running, owner.browser, { days: 2, to: ['kim@example.net'] })
  await jobs.count()
  await page.goto('/settings')
  await page.getByRole('link', { name: 'Your data' }).click()
  await page.getByLabel('Content, days').fill('9')
  await page.getByLabel('Messages, days').fill('7')
  await page.getByRole('button', { name: 'Set days' }).click()
  await page.getByText('content goes with its message').waitFor()
  await page.getByLabel('Content, days').fill('2')
  await page.getByRole('button', { name: 'Set days' }).click()
  await page.getByText('What is kept is set').first().waitFor()
  await page.getByLabel('Their address').fill('kim@example.net')
  await page.getByRole('button', { name: 'Look what is kept' }).click()
  const erase = page.getByRole('dialog', { name: 'Erase a person' })
  await erase.getByText('One message went, or is to go, to this address.').waitFor()
  await shot('erase')
  assert.deepEqual(await faults(), [])
  await erase.getByLabel('Type kim@example.net to go on').fill('kim@example.net')
  await erase.getByRole('button', { name: 'Erase for good' }).click()
  await page.getByText('Under way, 0 messages erased').waitFor()
  await jobs.erase()
  await jobs.end()
  await page.getByText('Done, 1 message erased').waitFor()
  await page.getByRole('button', { name: 'Close the account' }).click()
  const close = page.getByRole('dialog', { name: 'Close the account' })
  await close.getByLabel('Type Acme to go on').fill('Acme')
  await shot('close')
  await close.getByRole('button', { name: 'Close the account' }).click()
  await page.getByText('This account is being closed').waitFor()
  await shot('closing')
  assert.deepEqual(await faults(), [])
  await page.getByRole('button', { name: 'Keep the account' }).click()
  await page.getByRole('button', { name: 'Close the account' }).waitFor()
})

test('a subaccount is made, limited, suspended, resumed, and entered with a way back', async () => {
  await page.goto('/subaccounts')
  await page.getByText('No subaccount yet').waitFor()
  await shot('subaccounts-empty')
  await page.getByRole('button', { name: 'Make a subaccount' }).click()
  const made = page.getByRole('dialog', { name: 'Make a subaccount' })
  await made.getByLabel('Name').fill('Shop')
  await made.getByLabel('Requests a second').fill('101')
  await made.getByLabel('Recipients a day').fill('1000')
  await made.getByRole('button', { name: 'Make subaccount' }).click()
  await made.getByText('at most that of this account, 100').waitFor()
  await shot('subaccount-make')
  assert.deepEqual(await faults(), [])
  await made.getByLabel('Requests a second').fill('10')
  await made.getByRole('button', { name: 'Make subaccount' }).click()
  await page.getByRole('cell', { name: 'Shop', exact: true }).waitFor()
  const choose = async (entry: string) => {
    await page.getByRole('button', { name: 'Change Shop' }).click()
    await page.getByRole('menuitem', { name: entry }).click()
  }
  await choose('Change limits')
  const limits = page.getByRole('dialog', { name: 'Limits of Shop' })
  await limits.getByLabel('Recipients a day').fill('2500')
  await limits.getByRole('button', { name: 'Set limits' }).click()
  await page.getByRole('cell', { name: '2,500' }).waitFor()
  await choose('Suspend')
  const suspend = page.getByRole('dialog', { name: 'Suspend Shop' })
  await shot('subaccount-suspend')
  await suspend.getByRole('button', { name: 'Suspend' }).click()
  await page.getByRole('cell', { name: 'Suspended' }).waitFor()
  await choose('Resume')
  await page.getByRole('cell', { name: 'Active' }).waitFor()
  await page.getByRole('button', { name: 'Switch account' }).click()
  await page.getByRole('menuitem', { name: 'Shop' }).waitFor()
  await shot('subaccount-switcher')
  await page.getByRole('menuitem', { name: 'Shop' }).click()
  const where = page.getByRole('complementary', { name: 'Subaccount' })
  await where.getByText('You are in the subaccount Shop, from Acme.').waitFor()
  await lookInside()
  await page.goto('/audit')
  await page.getByRole('button', { name: 'Ada entered a subaccount' }).waitFor()
  await where.getByRole('button', { name: 'Back to Acme' }).click()
  await where.waitFor({ state: 'detached' })
  await page.goto('/subaccounts')
  await page.getByRole('cell', { name: 'Shop', exact: true }).waitFor()
})

test('an allow list shuts out whoever insists, and two people open it again', async () => {
  const bea = await pages.running.owner('bea@example.com')
  const [recoveryCode = ''] = await recoveryCodes()
  await followClock(page, pages.running.clock)
  await page.goto('/settings')
  await page.getByLabel('Name', { exact: true }).fill('Acme Ltd')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByText('The account has its new name').first().waitFor()
  await page.getByLabel('Dashboard').fill('10.0.0.1/8')
  await page.getByLabel('End API keys that nobody uses').check()
  await page.getByLabel('After so many days without use').fill('60')
  await page.getByRole('button', { name: 'Set policies' }).click()
  await page.getByText('Line 1:').waitFor()
  await page.getByLabel('Dashboard').fill('203.0.113.0/24')
  await page.getByRole('button', { name: 'Set policies' }).click()
  await page.getByText('is in none of these networks').waitFor()
  await shot('settings')
  assert.deepEqual(await faults(), [])
  await page.getByLabel('I mean it: shut out my own address').check()
  await page.getByRole('button', { name: 'Set policies' }).click()
  const { running } = pages
  const isShutOut = async () => {
    running.clock.forward(1_000)
    return (await owner.browser.ask('GET', '/api/session')).status === 401
  }
  await waitFor(isShutOut, { what: 'the owner to be shut out' })
  await followClock(page, running.clock)
  await page.goto('/settings')
  await page.waitForURL((url) => url.pathname === '/sign-in')
  await page.getByLabel('Email address').fill(owner.email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  const factor = page.getByLabel('Code of your authenticator app')
  await factor.waitFor()
  const code = nextCode(owner.secret, running.clock)
  await followClock(page, running.clock)
  await factor.fill(code)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  const wayBack = page.getByRole('link', { name: 'Open it with a second person' })
  await wayBack.waitFor()
  await shot('shut-out')
  assert.deepEqual(await faults(), [])
  await wayBack.click()
  await page.getByRole('heading', { name: 'Shut out by the allow list?' }).waitFor()
  await page.getByLabel('Your email address').fill(owner.email)
  await page.getByLabel('Your password').fill(password)
  await page.getByLabel('Recovery code').fill(recoveryCode)
  await shot('break-glass')
  assert.deepEqual(await faults(), [])
  await page.getByRole('button', { name: 'Ask for a second person' }).click()
  await page.getByRole('heading', { name: 'Now a second person' }).waitFor()
  await shot('break-glass-code')
  assert.deepEqual(await faults(), [])
  const asked = await page.locator('code').innerText()
  await approveAtPage(bea, asked)
  running.clock.forward(1_000)
  await followClock(page, running.clock)
  await page.goto('/settings')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  assert.equal(await page.getByLabel('After so many days without use').inputValue(), '60')
  await running.uses.flush()
  await page.goto('/audit?tab=refused')
  await page.getByRole('cell', { name: '127.0.0.1' }).first().waitFor()
})

for (const width of [390, 1440]) {
  for (const theme of ['light', 'dark'] as const) {
    test(`axe finds nothing at ${width} px in ${theme}, and no page is wider than the screen`, async () => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: theme })
      for (const path of [
        '/members',
        '/audit',
        '/audit?tab=refused',
        '/subaccounts',
        '/settings',
        '/settings/data',
      ]) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.waitForLoadState('networkidle')
        await shot(`${path.slice(1).replace(/\W/g, '-')}-${width}-${theme}`)
        assert.deepEqual(await faults(), [], path)
        assert.equal(
          await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
          0,
          path,
        )
      }
    })
  }
}
