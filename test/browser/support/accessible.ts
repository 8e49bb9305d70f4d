/** Whether a page is for everybody: axe-core, in both themes and at both widths. */
import assert from 'node:assert/strict'
import axe from 'axe-core'
import type { Page } from 'playwright-core'

const widths = [390, 1440]

/** Fails with what is wrong and where. The page is left as it was. */
export async function demandAccessible(page: Page, name: string): Promise<void> {
  const before = page.viewportSize()
  const theme = await page.evaluate(() => document.documentElement.dataset.theme)
  await page.evaluate(axe.source)
  for (const shown of ['light', 'dark']) {
    await page.evaluate((one) => {
      document.documentElement.dataset.theme = one
    }, shown)
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      await demandNoFaults(page, `${name}, ${shown}, ${width} px`)
    }
  }
  await page.evaluate((one) => {
    document.documentElement.dataset.theme = one ?? ''
  }, theme)
  if (before) await page.setViewportSize(before)
}

async function demandNoFaults(page: Page, where: string): Promise<void> {
  // What is still moving has the colours of neither end.
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
  )
  const faults = await page.evaluate(async () => {
    const { axe: own } = globalThis as unknown as { axe: typeof import('axe-core') } // put there just before
    const { violations } = await own.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
  assert.deepEqual(faults, [], where)
  const isWider = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  )
  assert.equal(isWider, false, `${where} scrolls sideways`)
}
