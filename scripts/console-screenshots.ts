/**
 * Writes the pictures of docs/console.md: a real instance in a folder of its own, messages that really went through it,
 * and a real browser. The dashboard must have been built (`scripts/install.mjs`).
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startBrowser } from '../test/browser/support/browser.ts'
import { MovedClock, nextCode } from '../test/people/people-support.ts'
import { type Instance, startInstance } from '../test/support/instance.ts'
import { waitFor } from '../test/support/wait-for.ts'

const folder = join(import.meta.dirname, '../docs/images')
const owner = {
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  password: 'seven brown teapots, no lid',
}
const from = 'Northwind <orders@postern.localhost>'

const messages: readonly (readonly [to: string, subject: string, kind: string])[] = [
  ['maria.santos@example.net', 'Welcome to Northwind', 'welcome'],
  ['bounced@postern.localhost', 'Confirm your address', 'confirm'],
  ['jonas.weber@example.org', 'Your order 10248 is on its way', 'shipping'],
  ['deferred@postern.localhost', 'Your order 10249 is on its way', 'shipping'],
  ['li.wei@example.com', 'Reset your password', 'password'],
  ['amara.okafor@example.net', 'Receipt for order 10250', 'receipt'],
  ['bounced+old@postern.localhost', 'We have a question about your order', 'support'],
  ['sofia.rossi@example.org', 'Your invoice for November', 'invoice'],
]

async function call(
  instance: Instance,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${instance.apiUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${instance.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

async function sendMessages(instance: Instance): Promise<void> {
  const ids: unknown[] = []
  for (const [to, subject, kind] of messages) {
    const html = `<h1>${subject}</h1><p>Thank you for shopping at Northwind.</p><p>Answer this mail when something is not right.</p>`
    const tags = [{ name: 'kind', value: kind }]
    const { id } = await call(instance, '/emails', { from, to, subject, html, tags })
    ids.push(id)
  }
  const tomorrow = new Date(Date.now() + 24 * 3600_000).toISOString()
  const later = {
    from,
    to: 'noor.haddad@example.net',
    subject: 'Your basket is still here',
    text: 'Hello',
  }
  await call(instance, '/emails', { ...later, scheduled_at: tomorrow })
  await waitFor(
    async () => (await Promise.all(ids.map((id) => hasEvent(instance, id)))).every(Boolean),
    {
      what: 'an attempt for every message',
      seconds: 60,
    },
  )
}

async function hasEvent(instance: Instance, id: unknown): Promise<boolean> {
  const headers = { authorization: `Bearer ${instance.key}` }
  const answer = await fetch(`${instance.apiUrl}/emails/${id}`, { headers })
  const { last_event: lastEvent } = (await answer.json()) as { last_event: string } // as the API says
  return !['queued', 'scheduled'].includes(lastEvent)
}

async function makeMore(instance: Instance): Promise<void> {
  await call(instance, '/domains', { name: 'mail.northwind.example' })
  await call(instance, '/api-keys', { name: 'Shop', permission: 'sending_access' })
  await call(instance, '/api-keys', { name: 'Warehouse', permission: 'sending_access' })
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: join(folder, `console-${name}.png`) })
}

async function comeIn(page: Page, instance: Instance): Promise<void> {
  const link = /http:\/\/\S+\/welcome\/\S+/.exec(instance.output())?.[0]
  if (!link) throw new Error(`the start shows no link for the first owner: ${instance.output()}`)
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  await page.goto(link)
  await page.getByLabel('Your name').fill(owner.name)
  await page.getByLabel('Email address').fill(owner.email)
  await shoot(page, 'welcome')
  await page.getByLabel('Password', { exact: true }).fill(owner.password)
  await button('Go on').click()
  await page.getByRole('button', { name: 'Authenticator app' }).click()
  const secret = await page.locator('code').innerText()
  // The code of the next half minute counts already.
  await page.getByLabel('Code shown by the app').fill(nextCode(secret, new MovedClock()))
  await button('Add the app').click()
  await button('Make recovery codes').click()
  await button('I have kept them').click()
}

async function invite(
  page: Page,
  instance: Instance,
  [email, role]: readonly [string, string],
): Promise<void> {
  await page.goto(`${instance.consoleUrl}/members?open=invite`)
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email address').fill(email)
  await dialog.getByLabel('Role').selectOption(role)
  await dialog.getByRole('button', { name: 'Send invitation' }).click()
  await page.getByText('Invitation sent', { exact: true }).waitFor()
}

async function shootAll(page: Page, instance: Instance): Promise<void> {
  const at = async (path: string, name: string, ready: string) => {
    await page.goto(`${instance.consoleUrl}${path}`)
    await page.getByText(ready).first().waitFor()
    await shoot(page, name)
  }
  await page.goto(`${instance.consoleUrl}/start`)
  await page.getByRole('button', { name: 'Make a key', exact: true }).click()
  await page.getByRole('region', { name: 'Send a message, curl' }).waitFor()
  await shoot(page, 'start')
  await at('/emails', 'emails', 'Your invoice for November')
  await page.getByRole('link', { name: 'bounced@postern.localhost' }).click()
  await page.frameLocator('iframe').getByText('Thank you for shopping').waitFor()
  await shoot(page, 'message')
  for (const person of [
    ['grace@example.com', 'admin'],
    ['linus@example.com', 'developer'],
    ['margaret@example.com', 'analyst'],
  ] as const) {
    await invite(page, instance, person)
  }
  await page.goto(`${instance.consoleUrl}/domains`)
  await page.getByText('mail.northwind.example').first().click()
  await page.getByRole('heading', { name: 'mail.northwind.example' }).first().waitFor()
  await shoot(page, 'domain')
  await at('/keys', 'keys', 'Warehouse')
  await at('/members?tab=invitations', 'members', 'margaret@example.com')
  await at('/security', 'security', 'Recovery codes')
  await at('/audit', 'audit', 'Audit log')
  await at('/settings/data', 'data', 'Make an export key')
}

// As people have it who change nothing; the port must be free.
const instance = await startInstance({ settings: { POSTERN_HTTP_PORT: '8025' } })
const { browser, stop } = await startBrowser()
try {
  await sendMessages(instance)
  await makeMore(instance)
  const viewport = { width: 1440, height: 900 }
  const context = await browser.newContext({
    viewport,
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  await comeIn(page, instance)
  await shootAll(page, instance)
} finally {
  await stop()
  await instance.stop()
}
