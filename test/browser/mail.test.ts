/** What a person sees of messages, in a real browser over the real console; the mail goes to a real, scripted mail host. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { ensureSystem } from '../../src/core/accounts/ensure-system.ts'
import { packClient } from '../../src/core/requests/client.ts'
import { recordRequests } from '../../src/core/requests/queries.ts'
import { openPool } from '../../src/db/sql.ts'
import { beginSession, sealClass, sealNamed } from '../../src/lib/seal.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { accept } from '../console/mail-support.ts'
import type { SignedInBrowser } from '../console/people-console.ts'
import { type Delivery, type Scene, startDelivery } from '../deliver/running-delivery.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { draft } from '../support/seeded.ts'
import { waitFor } from '../support/wait-for.ts'
import { axeFaults } from './support/axe.ts'
import { type PeoplePages, signInByPage, startPeoplePages } from './support/people-pages.ts'

let pages: PeoplePages
let page: Page
let owner: SignedInBrowser
let host: MailHost
let delivery: Delivery
let logId: string
/** Who would learn that a message was looked at. */
const tracker = createServer((_, response) => response.end(void fetched.push('image')))
const fetched: string[] = []
let ids: string[]
/** Where pictures of the pages go, when someone wants to look at them. */
const shots = process.env.POSTERN_TEST_SHOTS

const htmlWith = (
  image: string,
) => `<!doctype html><html><body style="font-family:sans-serif"><h1>Your order is on its way</h1>
<p>It left the harbour this morning.</p><script>document.body.innerHTML = 'a script has run'</script>
<img src="${image}" alt="Open"></body></html>`

before(async () => {
  pages = await startPeoplePages()
  const { running } = pages
  const { database, vault, clock } = running
  const operator = vault.client('operator', database.operatorToken)
  await ensureSystem({ sql: running.operatorSql, vault: operator, clock }, database.operatorToken)
  owner = await running.owner()
  host = await startMailHost()
  await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve))
  const bound = tracker.address()
  const trackerPort = typeof bound === 'object' && bound ? bound.port : 0
  const html = htmlWith(`http://127.0.0.1:${trackerPort}/open.gif`)
  host.script = ({ step, text }) =>
    step === 'rcpt' && text.includes('gone@') ? '550 5.1.1 No such user here' : undefined
  const api = { database, vault, publicUrl: running.origin }
  delivery = await startDelivery({ api, host } as unknown as Scene) // the loop asks for no more of a scene
  ids = await accept(running, owner.browser, [
    {
      ...draft(['ada@example.test'], { subject: 'Your order 2219' }),
      content: { html, text: 'Hi' },
    },
    draft(['gone@example.test'], {
      subject: 'Receipt 7',
      tags: [{ name: 'kind', value: 'receipt' }],
    }),
    {
      ...draft(['later@example.test'], { subject: 'A reminder' }),
      scheduledAt: new Date(clock.now() + 7_200_000),
    },
  ])
  for (const [index, state] of [
    [0, 'delivered'],
    [1, 'bounced'],
  ] as const) {
    await waitFor(
      async () => {
        const path = `/api/emails/${ids[index]}`
        return (await owner.browser.ask('GET', path)).body.state === state
      },
      { what: state },
    )
  }
  logId = await seedLog()
  page = await pages.open()
  await signInByPage(page, running, owner)
})

after(async () => {
  await delivery?.stop()
  await host?.stop()
  tracker.close()
  await pages?.stop()
})

async function seedLog(): Promise<string> {
  const { vault, deps, database, clock } = pages.running
  const client = vault.client('console', deps.ticket)
  const keys = await client.accountKeys(owner.browser.h1)
  const id = uuidv7(clock.now())
  const sql = openPool(database.logins.api, { connectionsMax: 1 })
  const named = { recordId: id, class: sealClass.client }
  const packed = packClient({ address: '192.0.2.1', userAgent: 'shop/2.1' })
  await recordRequests(sql, await database.ticket('api'), [
    {
      ...{ accountId: keys.accountId, credentialId: uuidv7(clock.now()), id, at: new Date() },
      ...{ method: 'POST', route: '/emails', status: 422, durationMs: 7, isUse: true },
      clientSealed: sealNamed(beginSession(keys), named, packed),
      bodiesSealed: null,
    },
  ])
  await sql.end()
  return id
}

test('the list shows whom each message goes to and where it is, and filters by state and address', async () => {
  await page.goto('/emails')
  const table = page.getByRole('table', { name: 'Emails' })
  await table.getByRole('link', { name: 'ada@example.test' }).waitFor()
  assert.match(await table.getByRole('row', { name: /gone@/ }).innerText(), /Bounced/)
  await page.getByLabel('State').selectOption('delivered')
  await page.waitForURL(/state=delivered/)
  await table.getByRole('link', { name: 'gone@example.test' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('searchbox').fill('kind:receipt')
  await page.waitForURL(/search=kind/)
  await table.getByRole('link', { name: 'ada@example.test' }).waitFor({ state: 'detached' })
  await table.getByRole('link', { name: 'gone@example.test' }).waitFor()
  await page.getByRole('searchbox').fill('reminder')
  await table.getByRole('link', { name: 'later@example.test' }).waitFor()
  await page.getByText('among the 3 opened here').waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  await table.getByRole('link', { name: 'ada@example.test' }).waitFor()
})

test('j and k go from message to message, and Enter opens one', async () => {
  await page.getByRole('heading', { name: 'Emails' }).click()
  const press = async (key: string, address: string) => {
    await page.keyboard.press(key)
    await page.locator(':focus', { hasText: address }).waitFor()
  }
  await press('j', 'later@')
  await press('j', 'gone@')
  await press('k', 'later@')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'A reminder' }).waitFor()
})

test('a message that came in meanwhile is announced and shown when asked for', async () => {
  await page.goto('/emails')
  await page.getByRole('link', { name: 'ada@example.test' }).waitFor()
  await accept(pages.running, owner.browser, [draft(['new@example.test'], { subject: 'Fresh' })])
  await page.getByRole('button', { name: 'Show 1 new message' }).click()
  await page.getByRole('link', { name: 'new@example.test' }).waitFor()
})

test('a message tells its story and shows its HTML without running or fetching anything', async () => {
  await page.goto(`/emails/${ids[0]}`)
  await page.getByText(/ada@example\.test: tried .*delivered\./).waitFor()
  const frame = page.frameLocator('iframe')
  await frame.getByRole('heading', { name: 'Your order is on its way' }).waitFor()
  assert.equal(await frame.getByText('a script has run').count(), 0)
  await page.getByLabel('Theme of the preview').selectOption('dark')
  await frame.getByRole('heading', { name: 'Your order is on its way' }).waitFor()
  assert.deepEqual(fetched, [])
  await page.getByLabel('Fetch images').check()
  await waitFor(() => fetched.length > 0, { what: 'the image' })
  await page.getByRole('tab', { name: 'Source' }).click()
  await page.getByText(/MIME-Version: 1\.0/).waitFor()
  const downloaded = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).click()
  assert.equal((await downloaded).suggestedFilename(), `${ids[0]}.eml`)
})

test('a bounce shows what the mail host said, and its recipient is suppressed from there', async () => {
  await page.goto(`/emails/${ids[1]}`)
  await page.getByRole('tab', { name: 'SMTP conversation' }).click()
  await page
    .getByText(/5\.1\.1 No such user here/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Suppress recipient' }).click()
  await page.getByRole('menuitem', { name: 'gone@example.test' }).click()
  await page.getByText('Nothing is sent to gone@example.test any more.').first().waitFor()
})

test('a scheduled message is given another time and cancelled', async () => {
  await page.goto(`/emails/${ids[2]}`)
  await page.getByRole('button', { name: 'Reschedule' }).click()
  await page.getByLabel('New time').fill('whenever')
  await page.getByRole('dialog').getByRole('button', { name: 'Reschedule' }).click()
  await page.getByText(/is not a time that can be read/).waitFor()
  await page.getByLabel('New time').fill('in 3 hours')
  await page.getByRole('dialog').getByRole('button', { name: 'Reschedule' }).click()
  await page.getByText(/Scheduled anew for/).waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByText('later@example.test: cancelled.').waitFor()
})

test('an address is suppressed, found and lifted again', async () => {
  await page.goto('/suppressions')
  await page.getByRole('button', { name: 'Add addresses' }).click()
  await page.getByRole('textbox', { name: 'Addresses' }).fill('nobody')
  await page.getByRole('button', { name: 'Suppress', exact: true }).click()
  await page.getByText(/has no @/).waitFor()
  await page.getByRole('textbox', { name: 'Addresses' }).fill('eve@example.test\nmal@example.test')
  await page.getByRole('button', { name: 'Suppress', exact: true }).click()
  await page.getByRole('cell', { name: 'mal@example.test', exact: true }).waitFor()
  await page.getByRole('searchbox').fill('eve@example.test')
  await page
    .getByRole('cell', { name: 'mal@example.test', exact: true })
    .waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Remove eve@example.test' }).click()
  await page.getByText('Not suppressed').waitFor()
})

test('a request is listed and opened', async () => {
  await page.goto('/logs')
  await page.getByRole('link', { name: 'POST /emails' }).click()
  await page.getByText('192.0.2.1').waitFor()
  assert.match(page.url(), new RegExp(`/logs/${logId}$`))
})

test('a pasted bounce is explained', async () => {
  await page.goto('/explain')
  await page
    .getByLabel('Bounce, reply or header')
    .fill('Final-Recipient: rfc822; ada@example.net\nAction: failed\nStatus: 5.2.2\n')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByText(/The mailbox is full/).waitFor()
  await page.getByText(/What to do: Wait some days/).waitFor()
})

for (const theme of ['light', 'dark'] as const) {
  for (const width of [390, 1440]) {
    test(`axe finds nothing on any of these pages at ${width} px in ${theme}`, async () => {
      const found: string[] = []
      await page.setViewportSize({ width, height: width < 600 ? 844 : 900 })
      await page.emulateMedia({ colorScheme: theme })
      const wanted: [string, string][] = [
        ['/emails', 'Emails'],
        ['/emails?state=expired', 'Emails'],
        [`/emails/${ids[0]}`, 'Your order 2219'],
        [`/emails/${ids[1]}`, 'Receipt 7'],
        ['/suppressions', 'Suppressions'],
        ['/logs', 'Logs'],
        [`/logs/${logId}`, 'POST /emails'],
        ['/explain', 'Explain'],
      ]
      for (const [path, heading] of wanted) {
        await page.goto(path)
        await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
        const name = path.replaceAll(/[/?=]/g, '-')
        if (shots) await page.screenshot({ path: `${shots}/${name}-${width}-${theme}.png` })
        found.push(...(await axeFaults(page)).map((fault) => `${path}: ${fault}`))
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        if (beyond !== 0) found.push(`${path} is wider than the screen`)
      }
      assert.deepEqual(found, [])
    })
  }
}
