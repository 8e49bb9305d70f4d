/** Whether a page is for everybody: axe-core, in both themes and at both widths. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { axeFaults } from './axe.ts'

const widths = [390, 1440]
const theme = 'document.documentElement.dataset.theme'

/** Fails with what is wrong and where; `look` is given each of the four. The page is left as it was. */
export async function demandAccessible(
  page: Page,
  name: string,
  look: (where: string) => Promise<void> = async () => {},
): Promise<void> {
  const size = page.viewportSize()
  const before: unknown = await page.evaluate(theme)
  for (const shown of ['light', 'dark']) {
    await page.evaluate(`${theme} = ${JSON.stringify(shown)}`)
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      await demandNoFaults(page, `${name}, ${shown}, ${width} px`)
      await look(`${name}-${shown}-${width}`)
    }
  }
  await page.evaluate(`${theme} = ${JSON.stringify(before ?? '')}`)
  if (size) await page.setViewportSize(size)
}

/** As it is shown now. */
export async function demandNoFaults(page: Page, where: string): Promise<void> {
  // What is still loading has nothing to judge.
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  // What is still moving has the colours of neither end. A page that draws no frames would never get there by itself.
  await page.evaluate(
    `for (const animation of document.getAnimations()) {
       if (animation.effect.getComputedTiming().endTime !== Infinity) animation.finish()
     }`,
  )
  assert.deepEqual(await axeFaults(page), [], where)
  await demandFits(page, where)
}

/** No page is wider than its window: whoever reads on a phone would have to push it about. */
export async function demandFits(page: Page, where: string): Promise<void> {
  const isWider = await page.evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  )
  assert.equal(isWider, false, `${where} scrolls sideways`)
}
