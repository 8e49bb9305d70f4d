/** What every route of an account is held to: who may ask, and that another account's things are as if they were not. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Role, Scope } from '../../src/core/access/scopes.ts'
import { becomePerson } from '../../src/core/people/links.ts'
import { invite } from '../../src/core/people/members.ts'
import { stepUp } from '../../src/core/people/sign-in.ts'
import { nextCode, password } from '../people/people-support.ts'
import type { Answer, Browser, PeopleConsole, SignedInBrowser } from './people-console.ts'

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path(id: string): string
  body?: unknown
}

/** Signed in as a new member with that role; `custom` with these scopes. */
export async function memberBrowser(
  running: PeopleConsole,
  owner: SignedInBrowser,
  { role, scopes = null }: { role: Exclude<Role, 'owner'>; scopes?: Scope[] | null },
): Promise<Browser> {
  await freshen(running, owner)
  const email = `${role}-${randomUUID()}@example.com`
  const { user, account_id: accountId } = (await owner.browser.ask('GET', '/api/session')).body
  const asking = { h1: owner.browser.h1, userId: user.id, accountId }
  const { token } = await invite(running.deps, asking, { email, role, scopes })
  await becomePerson(running.deps, token, { name: 'Member', email, password })
  const browser = running.browser()
  const { body } = await browser.signIn({ email, password })
  assert.equal(body.outcome, 'done')
  return browser
}

/** The owner shows a factor once more. */
export async function freshen(running: PeopleConsole, { browser, secret }: SignedInBrowser) {
  const code = nextCode(secret, running.clock)
  await stepUp(running.deps, browser.h1, { type: 'totp', code })
  running.clock.forward(1_000)
}

/** Each route answers the id of another account's thing to the letter as an id that nobody has. */
export async function demandAlike(
  browser: Browser,
  routes: readonly Route[],
  foreignId: string,
): Promise<void> {
  for (const { method, path, body } of routes) {
    const [foreign, unknown] = [
      await browser.ask(method, path(foreignId), body),
      await browser.ask(method, path(randomUUID()), body),
    ]
    assert.deepEqual(said(foreign), said(unknown), `${method} ${path(':id')}`)
    assert.equal(foreign.status, 404, `${method} ${path(':id')}: ${JSON.stringify(foreign.body)}`)
  }
}

/** All but what is of the request itself. */
function said({ status, headers, body }: Answer) {
  const { error, ...rest } = body
  const { 'x-request-id': _, date: __, ...others } = headers
  return { status, headers: others, body: { ...rest, error: { ...error, request_id: '' } } }
}

/** Each route refuses who has not its scope, and says which one it is. */
export async function demandRefused(
  browser: Browser,
  routes: readonly Route[],
  scope: Scope,
): Promise<void> {
  for (const { method, path, body } of routes) {
    const answer = await browser.ask(method, path(randomUUID()), body)
    const where = `${method} ${path(':id')}`
    assert.equal(answer.status, 403, where)
    assert.equal(answer.body.error.code, 'not_permitted', where)
    assert.equal(answer.body.error.field, scope, where)
  }
}
