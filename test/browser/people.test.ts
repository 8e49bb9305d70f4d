/** People at the pages of the real console: the first owner, both kinds of second factor, a reset, an invitation. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { invite } from '../../src/core/people/members.ts'
import { nextCode, password } from '../people/people-support.ts'
import { demandAccessible } from './support/accessible.ts'
import { followClock, type PeoplePages, shot, startPeoplePages } from './support/people-pages.ts'

let email = 'ada@example.com'
const other = 'a quite different long password'
let pages: PeoplePages
let page: Page
let secret: string

before(async () => {
  pages = await startPeoplePages({ oidc: true })
})
after(() => pages?.stop())

const button = (name: string) => page.getByRole('button', { name, exact: true })
const heading = (name: string) => page.getByRole('heading', { name, exact: true })

async function typeCode(label: string): Promise<void> {
  const code = nextCode(secret, pages.running.clock)
  await followClock(page, pages.running.clock)
  await page.getByLabel(label).fill(code)
}

async function signIn(shown: string): Promise<void> {
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(shown)
  await button('Sign in').click()
}

test('the first owner comes in by their link, adds an authenticator and keeps recovery codes', async () => {
  page = await pages.open()
  const token = await pages.running.ownerLink(pages.running.accountId)
  await page.goto(`/welcome/${token}`)
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill('too short')
  await demandAccessible(page, 'welcome')
  await shot(page, 'welcome')
  await button('Go on').click()
  await page.getByText('15 characters', { exact: false }).nth(1).waitFor()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await button('Go on').click()
  await heading('Add a second factor').waitFor()
  await demandAccessible(page, 'second-factor')
  await shot(page, 'second-factor')
  await page.goto('/security')
  await heading('Add a second factor').waitFor()
  await page.getByRole('button', { name: 'Authenticator app' }).click()
  secret = await page.locator('code').innerText()
  await shot(page, 'totp')
  await demandAccessible(page, 'totp')
  await typeCode('Code shown by the app')
  await button('Add the app').click()
  await button('Make recovery codes').click()
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await codes.nth(9).waitFor()
  assert.equal(await codes.count(), 10)
  await shot(page, 'recovery-codes')
  await demandAccessible(page, 'recovery-codes')
  await button('I have kept them').click()
  await heading('Security').waitFor()
})

test('a first key is made and stands in code that can be pasted', async () => {
  await page.goto('/start')
  await button('Make a key').click()
  const code = page.getByRole('region', { name: 'Send a message, curl' })
  const key = await page.locator('code').first().innerText()
  assert.match(key, /^pst_/)
  assert.ok((await code.innerText()).includes(`Bearer ${key}`))
  await shot(page, 'start')
  await demandAccessible(page, 'start')
})

test('signed out, one signs in by password and authenticator; a code counts once', async () => {
  await page.goto('/security')
  await page.getByRole('button', { name: email }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await heading('Sign in to Postern').waitFor()
  await signIn('not the password at all')
  await page.getByRole('alert').waitFor()
  await demandAccessible(page, 'sign-in')
  await shot(page, 'sign-in')
  await signIn(password)
  await typeCode('Code of your authenticator app')
  await demandAccessible(page, 'factor-step')
  await shot(page, 'factor-step')
  await button('Sign in').click()
  await heading('Overview').waitFor()
  await page.goto('/security')
  await heading('Security').waitFor()
})

test('a passkey is added after a fresh factor, and lets in alone', async () => {
  await addVirtualAuthenticator(page)
  // Past the ten minutes of the sign-in.
  pages.running.clock.forward(11 * 60_000)
  await followClock(page, pages.running.clock)
  await page.goto('/security')
  await button('Add passkey').click()
  await page.getByRole('dialog').getByLabel('Name').fill('Laptop')
  await button('Make the passkey').click()
  await heading('Is it you?').waitFor()
  await shot(page, 'step-up')
  await demandAccessible(page, 'step-up')
  await typeCode('Code of your authenticator app')
  await button('Go on').click()
  await page.getByText('Laptop', { exact: true }).waitFor()
  await demandAccessible(page, 'security')
  await shot(page, 'security')
  await page.getByRole('button', { name: email }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await button('Sign in with a passkey').click()
  await heading('Overview').waitFor()
})

test('another session is seen with its device, and ended from here', async () => {
  const elsewhere = pages.running.browser()
  const factor = { type: 'totp', code: nextCode(secret, pages.running.clock) }
  await followClock(page, pages.running.clock)
  const { status } = await elsewhere.signIn({ email, password, factor })
  assert.equal(status, 200)
  await page.goto('/security')
  await page.getByText('This browser').waitFor()
  await button('Sign out everywhere else').click()
  await page.getByText('Signed out everywhere else').first().waitFor()
  pages.running.clock.forward(1_000)
  assert.equal((await elsewhere.ask('GET', '/api/session')).status, 401)
  await page.reload()
  await heading('Security').waitFor()
})

test('a name and a password are changed in place', async () => {
  await button('Change name').click()
  await page.getByRole('dialog').getByLabel('Name').fill('Ada Lovelace')
  await button('Save').click()
  await page.getByRole('definition').filter({ hasText: 'Ada Lovelace' }).waitFor()
})

test('by single sign-on one goes to the provider, comes back, and shows the second factor', async () => {
  const { provider } = pages.oidc ?? assert.fail('a provider was asked for')
  provider.people.set('ada', { email, email_verified: true })
  page = await pages.open()
  await followClock(page, pages.running.clock)
  const login = page.getByLabel('User')
  await page.goto('/sign-in?next=%2Fsecurity')
  await demandAccessible(page, 'sign-in-by-provider')
  await shot(page, 'sign-in-by-provider')
  await button('Sign in with Acme Login').click()
  await heading('Acme Login').waitFor()
  await button('Continue').click()
  await heading('You are not signed in').waitFor()
  await page.getByText('You did not let the provider tell', { exact: false }).waitFor()
  await demandAccessible(page, 'provider-refused')
  await shot(page, 'provider-refused')
  await page.getByRole('link', { name: 'Back to signing in' }).click()
  await button('Sign in with Acme Login').click()
  await login.fill('ada')
  await button('Continue').click()
  await heading('One more step').waitFor()
  assert.equal(new URL(page.url()).search, '')
  await button('Use an authenticator app').click()
  await typeCode('Code of your authenticator app')
  await button('Sign in').click()
  await heading('Security').waitFor()
  await button('Unlink Acme Login').waitFor()
  await demandAccessible(page, 'security-linked')
  await shot(page, 'security-linked')
})

test('a new address counts once its link is confirmed in the browser of who asked', async () => {
  const { running } = pages
  const moved = 'ada@new.example.com'
  await button('Change address').click()
  await page.getByRole('dialog').getByLabel('New address').fill(moved)
  await button('Send the link').click()
  await page.getByText('waits for its link', { exact: false }).waitFor()
  await demandAccessible(page, 'address-pending')
  await shot(page, 'address-pending')
  const { token } = running.sent.at(-1) ?? { token: '' }
  await page.goto(`/address/${token}`)
  await page.getByText('From now on you sign in with', { exact: false }).waitFor()
  await demandAccessible(page, 'address')
  await shot(page, 'address')
  await button('Confirm').click()
  await page.getByRole('button', { name: moved }).waitFor()
  await page.getByRole('definition').filter({ hasText: moved }).waitFor()
  email = moved
})

test('a reset by mail is followed by the second factor as before', async () => {
  const { running } = pages
  page = await pages.open()
  await followClock(page, running.clock)
  await page.goto('/sign-in')
  await page.getByRole('link', { name: 'Forgot password' }).click()
  await heading('Forgot your password?').waitFor()
  await demandAccessible(page, 'forgot-password')
  await shot(page, 'forgot-password')
  await page.getByLabel('Email address').fill(email)
  await button('Send the link').click()
  await heading('Look into your mail').waitFor()
  await demandAccessible(page, 'look-into-your-mail')
  for (const until = Date.now() + 30_000; Date.now() < until; await setTimeout(20)) {
    if (running.sent.at(-1)?.kind === 'reset_password') break
  }
  const { token } = running.sent.at(-1) ?? { token: '' }
  await page.goto(`/reset/${token}`)
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('New password', { exact: true }).fill(other)
  await demandAccessible(page, 'reset')
  await shot(page, 'reset')
  await button('Set the password').click()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await signIn(other)
  await heading('One more step').waitFor()
  await page.goto(`/reset/${token}`)
  await page.getByText('used or has expired', { exact: false }).waitFor()
})

test('who is invited makes themself known and is in; who is in already only joins', async () => {
  const { running } = pages
  const owner = await running.owner('owner@example.com')
  const session = (await owner.browser.ask('GET', '/api/session')).body
  const { accountId } = running
  const asking = { h1: owner.browser.h1, userId: session.user.id, accountId }
  const asked = { role: 'developer', scopes: null } as const
  const first = await invite(running.deps, asking, { ...asked, email: 'new@example.com' })
  page = await pages.open()
  await followClock(page, running.clock)
  await page.goto(`/invitation/${first.token}`)
  await page.getByText('as developer', { exact: false }).waitFor()
  await demandAccessible(page, 'invitation')
  await shot(page, 'invitation')
  await page.getByLabel('Your name').fill('Neva')
  await page.getByLabel('Email address').fill('new@example.com')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await button('Go on').click()
  await page.getByRole('button', { name: 'new@example.com' }).waitFor()

  const secondAccount = await running.makeAccount('Harbour')
  const second = await running.owner('harbour@example.com', secondAccount)
  const other = (await second.browser.ask('GET', '/api/session')).body
  const link = await invite(
    running.deps,
    { h1: second.browser.h1, userId: other.user.id, accountId: secondAccount },
    { ...asked, email: 'new@example.com' },
  )
  await followClock(page, running.clock)
  await page.goto(`/invitation/${link.token}`)
  await heading('Join the account?').waitFor()
  await demandAccessible(page, 'join')
  await shot(page, 'join')
  await button('Join').click()
  await page.getByRole('button', { name: 'Harbour' }).waitFor()
  await page.goto('/security')
  await button('Leave the account').click()
  await heading('Leave Harbour?').waitFor()
  await shot(page, 'leave')
  await demandAccessible(page, 'leave')
  await button('Leave').click()
  await heading('Sign in to Postern').waitFor()
})

async function addVirtualAuthenticator(of: Page): Promise<void> {
  const session = await of.context().newCDPSession(of)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
