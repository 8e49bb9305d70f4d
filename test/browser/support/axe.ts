/** What axe-core finds on a page, by the rules of WCAG 2.2 AA and its own of good practice. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Frames hold what strangers wrote, and are left out. */
export async function axeFaults(page: Page): Promise<string[]> {
  // Anew each time: what it remembers of a page is of another theme or width.
  await page.evaluate(axe)
  const found = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(rules)}, iframes: false }).then(({ violations }) =>
       violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  )
  return found as string[] // as the expression builds them
}
