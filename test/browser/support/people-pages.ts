/** The real console with the dashboard's pages, and people who come in through them. */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { readBundle } from '../../../src/core/bundle/read-bundle.ts'
import { type PeopleConsole, startPeopleConsole } from '../../console/people-console.ts'
import { type OidcConsole, startOidcConsole } from '../../console/single-sign-on-support.ts'
import { nextCode, password } from '../../people/people-support.ts'
import { startBrowser, type TestBrowser } from './browser.ts'
import { buildDashboard } from './bundle.ts'

export interface PeoplePages {
  running: PeopleConsole
  chromium: TestBrowser
  /** Where a provider of single sign-on was asked for. */
  oidc: OidcConsole | undefined
  /** In a browser of its own, at the width of a desk unless another is named. */
  open(options?: { width?: number; theme?: 'light' | 'dark' }): Promise<Page>
  stop(): Promise<void>
}

export async function startPeoplePages({ oidc: wanted = false } = {}): Promise<PeoplePages> {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'))
  const files = readBundle(builtDashboard(folder))
  const dashboard = { files, secrets: new Map(), frameOrigins: ["'self'"] as const }
  const oidc = wanted ? await startOidcConsole({ dashboard }) : undefined
  const running = oidc?.running ?? (await startPeopleConsole({ dashboard }))
  const chromium = await startBrowser()
  return {
    running,
    chromium,
    oidc,
    open: async ({ width = 1440, theme = 'light' } = {}) => {
      const context = await chromium.browser.newContext({
        baseURL: running.origin,
        viewport: { width, height: width < 600 ? 844 : 900 },
        colorScheme: theme,
        reducedMotion: 'reduce',
      })
      // The machine of a test may be a slow and busy one.
      context.setDefaultTimeout(60_000)
      return context.newPage()
    },
    stop: async () => {
      await chromium.stop()
      await (oidc ?? { stop: running.close }).stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * The files of one run of all tests share one build, in the run's own folder; whoever comes first makes it. A file that
 * runs alone has none to share.
 */
function builtDashboard(ownFolder: string): string {
  const shared = join(tmpdir(), 'dashboard')
  const isShared = process.env.TEST_DATABASE_SERVER !== undefined
  if (isShared && existsSync(shared)) return shared
  const own = join(ownFolder, 'dist')
  const { code, stderr } = buildDashboard({ out: own })
  if (code !== 0) throw new Error(stderr)
  if (!isShared) return own
  try {
    renameSync(own, shared)
  } catch (error) {
    // Another file was quicker.
    if (!existsSync(shared)) throw error
  }
  return shared
}

/** The console's clock is moved forward for codes; the page's must follow, or its proofs would be stale. */
export async function followClock(page: Page, clock: { now(): number }): Promise<void> {
  const moved = clock.now() - Date.now()
  const follow = (ms: number) => {
    const own = globalThis as { realNow?: () => number } // of this page alone
    own.realNow ??= Date.now.bind(Date)
    const { realNow } = own
    Date.now = () => realNow() + ms
  }
  await page.addInitScript(follow, moved)
  await page.evaluate(follow, moved)
}

/** By password and authenticator, through the form; ends on the page that comes after it. */
export async function signInByPage(
  page: Page,
  { clock }: Pick<PeopleConsole, 'clock'>,
  { email, secret }: { email: string; secret: string },
): Promise<void> {
  // With what it is to lead on to, when it has been led to already.
  if (new URL(page.url()).pathname !== '/sign-in') await page.goto('/sign-in')
  const code = nextCode(secret, clock)
  await followClock(page, clock)
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('Code of your authenticator app').fill(code)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
}

const shots = process.env.POSTERN_TEST_SHOTS

/** A picture of the page, for who looks at it, in the folder that POSTERN_TEST_SHOTS names. */
export async function shot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
}
