/** Every component of the dashboard in a real browser, under the policy it is served with. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Page } from 'playwright-core'
import { dashboardFiles } from '../../src/console/dashboard-files.ts'
import { readBundle } from '../../src/core/bundle/read-bundle.ts'
import { startBrowser, type TestBrowser } from './support/browser.ts'
import { buildDashboard } from './support/bundle.ts'

const folder = mkdtempSync(join(tmpdir(), 'gallery-'))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const widths = [390, 1440]
const themes = ['light', 'dark'] as const
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

let app: FastifyInstance
let chromium: TestBrowser
let base: string

before(async () => {
  const { code, stderr } = buildDashboard({ out: join(folder, 'dist'), mode: 'gallery' })
  assert.equal(code, 0, stderr)
  app = Fastify()
  await app.register(dashboardFiles, {
    files: readBundle(join(folder, 'dist')),
    secrets: new Map(),
    frameOrigins: ['https://preview.example'],
  })
  base = await app.listen({ port: 0, host: '127.0.0.1' })
  chromium = await startBrowser()
})

after(async () => {
  await chromium?.stop()
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Opened {
  page: Page
  /** Errors of the page, breaches of its policy among them. */
  troubles: string[]
}

async function open(
  path: string,
  { width = 1440, theme = 'light' as 'light' | 'dark' } = {},
): Promise<Opened> {
  const context = await chromium.browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
  })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text())
  })
  page.on('pageerror', (error) => troubles.push(error.message))
  await page.goto(base + path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return { page, troubles }
}

/** `isMenuOpen`: a menu hangs beside the page's regions while it is open, which is no fault of WCAG. */
async function faults(page: Page, { isMenuOpen = false } = {}): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(rules)}, rules: { region: { enabled: ${!isMenuOpen} } } }).then(({ violations }) =>
       violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  )
  return found as string[] // as the expression builds them
}

for (const width of widths) {
  for (const theme of themes) {
    test(`axe finds nothing at ${width} px in ${theme}, and the page is no wider than the screen`, async () => {
      const { page, troubles } = await open('/', { width, theme })
      assert.deepEqual(await faults(page), [])
      assert.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
      if (width < 1024) {
        await page.getByRole('button', { name: 'Open navigation' }).click()
        await page.getByRole('link', { name: 'Domains' }).waitFor()
        assert.deepEqual(await faults(page), [])
        await page.keyboard.press('Escape')
      }
      await page.getByRole('button', { name: 'Remove domain' }).click()
      await page.getByLabel('Type harbour.example to go on').fill('harbour')
      await page.getByRole('button', { name: 'Remove it' }).click()
      await page.getByText('exactly as it is written').waitFor()
      assert.deepEqual(await faults(page), [])
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+k')
      await page.getByPlaceholder('Where to').waitFor()
      assert.deepEqual(await faults(page), [])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Show message' }).click()
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Revoke' }).waitFor()
      assert.deepEqual(await faults(page, { isMenuOpen: true }), [])
      await page.goto(`${base}/signed-out`)
      await page.getByLabel('Password').waitFor()
      assert.deepEqual(await faults(page), [])
      assert.deepEqual(troubles, [])
      await page.context().close()
    })
  }
}

test('a list of 5,000 has only the rows in view; arrow keys walk it, and what is chosen stands in the address bar', async () => {
  const { page, troubles } = await open('/')
  const table = page.getByRole('table', { name: 'Messages', exact: true })
  await table.getByRole('link').first().focus()
  assert.ok((await table.getByRole('row').count()) < 60)
  for (let n = 0; n < 30; n++) {
    await page.keyboard.press('ArrowDown')
    await page.locator(`tr[data-row="${n + 1}"] a:focus`).waitFor()
  }
  assert.equal(await table.getAttribute('aria-rowcount'), '5001')
  await page.getByRole('searchbox').fill('reader12@')
  await page.waitForURL(/\?search=reader12%40$/)
  await page.getByLabel('State').selectOption('bounced')
  await page.waitForURL(/state=bounced/)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.waitForURL((url) => url.search === '')
  assert.equal(await page.getByRole('searchbox').inputValue(), '')
  await page.goto(`${base}/?search=reader17`)
  await table.getByRole('link', { name: 'reader17@harbour.example' }).waitFor()
  assert.equal(await page.getByRole('searchbox').inputValue(), 'reader17')
  assert.deepEqual(troubles, [])
  await page.context().close()
})

test('the theme that was chosen is kept, and there before the first paint', async () => {
  const { page } = await open('/', { theme: 'light' })
  await page.getByRole('button', { name: 'Theme' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click()
  await page.locator('html[data-theme="dark"]').waitFor()
  await page.route('**/assets/*.js', (route) => route.abort())
  await page.reload()
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
  await page.context().close()
})
