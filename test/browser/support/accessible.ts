/** What axe finds wrong with a page as it is now. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Violation {
  id: string
  nodes: { target: string[]; failureSummary?: string }[]
}

export async function demandAccessible(page: Page, where: string): Promise<void> {
  await settle(page)
  await page.evaluate(axe)
  const run = `axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`
  const violations = (await page.evaluate(run)) as Violation[] // as axe answers
  const found = violations.map(({ id, nodes }) => [
    id,
    nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
  ])
  assert.deepEqual(found, [], where)
}

/** No page is wider than its window: whoever reads on a phone would have to push it about. */
export async function demandFits(page: Page, where: string): Promise<void> {
  const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  assert.equal(beyond, 0, `${where}: px wider than its window`)
}

/** Colours on their way from one theme to the other are neither's. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(
    'Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map(({ finished }) => finished.catch(() => {}))).then(() => {})',
  )
}
