/**
 * A real Chromium: the one of the machine when there is one, else the one inside an npm package. That one unpacks into the
 * temporary folder and takes what it finds there for its own, so it gets a folder that nothing else writes to.
 */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const startMs = 120_000
const unwanted: ReadonlySet<string> = new Set([
  // In a single process the first page that is closed would end the browser.
  '--single-process',
  '--no-zygote',
  // A browser as people have it: without these it would name no origin, and mix what it must keep apart.
  '--disable-web-security',
  '--disable-site-isolation-trials',
  '--allow-running-insecure-content',
])

export interface TestBrowser {
  browser: Browser
  stop: () => Promise<void>
}

/** `POSTERN_TEST_CHROMIUM` names another executable. */
export async function startBrowser(): Promise<TestBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'))
  const { executablePath, args } = await findChromium(folder)
  const browser = await chromium.launch({
    executablePath,
    args,
    headless: true,
    timeout: startMs,
    // Without a language it would call its own `en-US@posix`, which is none.
    env: {
      ...process.env,
      TMPDIR: folder,
      HOME: folder,
      LANG: 'en_US.UTF-8',
      LC_ALL: 'en_US.UTF-8',
    },
  })
  return {
    browser,
    stop: async () => {
      await browser.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function findChromium(folder: string): Promise<{ executablePath: string; args: string[] }> {
  const named = process.env.POSTERN_TEST_CHROMIUM
  const found = named ?? installed.find(isExecutable)
  // Tests may run where no user namespaces are to be had; only our own pages are opened.
  if (found !== undefined) return { executablePath: found, args: ['--no-sandbox'] }
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    const { default: packed } = await import('@sparticuz/chromium')
    const args = packed.args.filter((one) => !unwanted.has(one))
    return { executablePath: await packed.executablePath(), args }
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
