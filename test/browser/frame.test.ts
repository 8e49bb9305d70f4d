/** The frame of the pages of someone signed in, over the real console. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'

import { type PeoplePages, signInByPage, startPeoplePages } from './support/people-pages.ts'

let pages: PeoplePages
let page: Page
let owner: { email: string; secret: string }

before(async () => {
  pages = await startPeoplePages()
  owner = await pages.running.owner()
})
after(() => pages?.stop())

test('who is not signed in is led to the sign-in, and on to where they wanted to go', async () => {
  page = await pages.open()
  await page.goto('/security?tab=sessions')
  await page.waitForURL((url) => url.pathname === '/sign-in')
  assert.equal(new URL(page.url()).searchParams.get('next'), '/security?tab=sessions')
  await signInByPage(page, pages.running, owner)
  await page.getByRole('heading', { name: 'Security' }).waitFor()
})

test('the palette leads anywhere by typing, and the menu signs out', async () => {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('dark th')
  await page.keyboard.press('Enter')
  await page.locator('html[data-theme=dark]').waitFor()
  await page.getByRole('button', { name: owner.email }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL((url) => url.pathname === '/sign-in')
  await page.goto('/security')
  await page.waitForURL((url) => url.pathname === '/sign-in')
})
