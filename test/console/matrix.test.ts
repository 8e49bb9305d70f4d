/**
 * Who may ask what: every route of console, by everybody there is, against the real console. What is expected follows from
 * the scope that a route declares and stands in matrix.txt, so that a change of it is seen; `UPDATE=1` writes it anew.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Value } from 'typebox/value'
import type { DocumentedRoute } from '../../src/console/documented-route.ts'
import { routesOf } from '../../src/console/openapi.ts'
import { consoleRoutes } from '../../src/console/routes.ts'
import { roles, scopesOfRole } from '../../src/core/access/scopes.ts'
import { becomePerson } from '../../src/core/people/links.ts'
import { password } from '../people/people-support.ts'
import { freshen, memberBrowser } from './account-support.ts'
import {
  type Answer,
  type Browser,
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from './people-console.ts'
import { wellFormed } from './well-formed.ts'

const table = new URL('./matrix.txt', import.meta.url)
/** Each route for anybody is named: a new one is thought about. */
const forAnybody: ReadonlySet<string> = new Set([
  'POST /api/passkey-challenge',
  'POST /api/sign-in',
  'GET /api/sign-in-options',
  'POST /api/password-resets',
  'POST /api/sign-ups',
  // Who is shut out shows more than at sign-in, and nothing is open before a second person has done so too.
  'POST /api/break-glass',
  'POST /api/break-glass/approval',
  // Whoever holds the link.
  'GET /api/links/:token',
  'POST /api/links/:token/person',
  'POST /api/links/:token/password',
])
const askers = [
  ...roles.filter((role) => role !== 'custom'),
  'custom without scopes',
  'other owner',
  'enrolling',
  'removed',
  'signed out',
] as const
type Asker = (typeof askers)[number]
type Expected = 'may' | 'not permitted' | 'signed out'

let running: PeopleConsole
let owner: SignedInBrowser
let other: SignedInBrowser
let routes: DocumentedRoute[]
/** Of things of the first account. */
let victims: string[]
const browsers = new Map<Asker, Browser>()

before(async () => {
  routes = await routesOf(consoleRoutes)
  running = await startPeopleConsole()
  owner = await running.owner()
  other = await running.owner('chief@example.com', await running.makeAccount('Other'))
  for (const asker of askers) browsers.set(asker, await browserOf(asker))
  victims = await thingsOf(owner.browser)
})
after(() => running.close())

async function browserOf(asker: Asker): Promise<Browser> {
  switch (asker) {
    case 'owner':
      return owner.browser
    case 'other owner':
      return other.browser
    case 'custom without scopes':
      return memberBrowser(running, owner, { role: 'custom', scopes: [] })
    case 'enrolling':
      return enrolling()
    case 'removed':
      return removed()
    case 'signed out':
      return running.browser()
    default:
      return memberBrowser(running, owner, { role: asker })
  }
}

async function enrolling(): Promise<Browser> {
  const token = await running.ownerLink(await running.makeAccount('Fresh'))
  const email = 'fresh@example.com'
  await becomePerson(running.deps, token, { name: 'Fresh', email, password })
  const browser = running.browser()
  assert.equal((await browser.signIn({ email, password })).body.enrolling, true)
  return browser
}

async function removed(): Promise<Browser> {
  const browser = await memberBrowser(running, owner, { role: 'admin' })
  const { user } = (await browser.ask('GET', '/api/session')).body
  const { data } = (await owner.browser.ask('GET', '/api/members')).body
  const member = data.find((one: { user_id: string }) => one.user_id === user.id)
  await freshen(running, owner)
  assert.equal((await owner.browser.ask('DELETE', `/api/members/${member.id}`)).status, 204)
  running.clock.forward(1_000)
  return browser
}

async function thingsOf(browser: Browser): Promise<string[]> {
  await freshen(running, owner)
  const email = 'invited@example.com'
  await browser.ask('POST', '/api/invitations', { email, role: 'analyst' })
  await browser.ask('POST', '/api/keys', { name: 'Shop', scopes: ['emails:send'] })
  const session = (await browser.ask('GET', '/api/session')).body
  const lists = ['/api/members', '/api/invitations', '/api/keys', '/api/audit']
  const ids = [session.id, session.account_id, session.user.id]
  for (const list of lists) {
    const { body } = await browser.ask('GET', list)
    assert.ok(body.data.length > 0, list)
    ids.push(...body.data.slice(0, 2).map(({ id }: { id: string }) => id))
  }
  return ids
}

function expected({ scope, ...route }: DocumentedRoute, asker: Asker): Expected {
  if (scope === 'none') {
    assert.ok(forAnybody.has(nameOf(route)), `${nameOf(route)}: say why it is for anybody`)
    return 'may'
  }
  if (asker === 'removed' || asker === 'signed out') return 'signed out'
  if (scope === 'session') return 'may'
  if (asker === 'enrolling' || asker === 'custom without scopes') return 'not permitted'
  const role = asker === 'other owner' ? 'owner' : asker
  return scopesOfRole(role, null).includes(scope) ? 'may' : 'not permitted'
}

function nameOf({ method, url }: Pick<DocumentedRoute, 'method' | 'url'>): string {
  return `${method} ${url}`
}

function ask(browser: Browser, route: DocumentedRoute, id: string = randomUUID()) {
  running.clock.forward(100)
  const { method, url, schema } = route
  const params = wellFormed(schema.params) as Record<string, string> | undefined // an object
  const path = url.replace(/:(\w+)/g, (_, name: string) =>
    name === 'id' && Value.Check(schema.params ?? {}, { ...params, id })
      ? id
      : (params?.[name] ?? id),
  )
  const query = wellFormed(schema.querystring) as Record<string, string> | undefined // an object
  const text = new URLSearchParams(query).toString()
  return browser.ask(method, text ? `${path}?${text}` : path, wellFormed(schema.body))
}

function outcomeOf({ status, body }: Answer, scope: string): Expected {
  const { code, field } = body?.error ?? {}
  if (status === 401 && code === 'signed_out') return 'signed out'
  return status === 403 && code === 'not_permitted' && field === scope ? 'not permitted' : 'may'
}

/** A route may have ended the session it was asked with. */
async function demandSignedIn(asker: Asker): Promise<void> {
  if (asker === 'removed' || asker === 'signed out') return
  const browser = browsers.get(asker)
  running.clock.forward(100)
  if ((await browser?.ask('GET', '/api/session'))?.status === 200) return
  if (asker === 'owner') owner = await running.owner(`${randomUUID()}@example.com`)
  if (asker === 'other owner') {
    const account = await running.makeAccount('Another')
    other = await running.owner(`${randomUUID()}@example.com`, account)
  }
  browsers.set(asker, asker === 'enrolling' ? await enrollingAgain() : await browserOf(asker))
}

async function enrollingAgain(): Promise<Browser> {
  const browser = running.browser()
  await browser.signIn({ email: 'fresh@example.com', password })
  return browser
}

function written(): string {
  const lines = routes.map((route) => {
    const allowed = askers.filter((asker) => expected(route, asker) === 'may')
    return `${nameOf(route)}\n  ${route.scope}: ${allowed.join(', ')}\n`
  })
  return `Who may ask what, by the scope that each route declares; everybody else is refused.\n\n${lines.sort().join('')}`
}

test('the table of who may ask what is the one that was checked in', () => {
  if (process.env.UPDATE) writeFileSync(table, written())
  assert.equal(
    written(),
    readFileSync(table, 'utf8'),
    'run `UPDATE=1 node scripts/test.mjs test/console/matrix.test.ts` and look at what changed',
  )
})

test('the fields of every body are listed: an object takes no others', async () => {
  let bodies = 0
  const demandClosed = (schema: unknown, where: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    if ('properties' in schema) {
      assert.equal(
        (schema as { additionalProperties?: unknown }).additionalProperties,
        false,
        where,
      )
    }
    for (const [key, inner] of Object.entries(schema)) demandClosed(inner, `${where}.${key}`)
  }
  for (const route of routes) {
    const { body, querystring, params } = route.schema
    if (body) bodies += 1
    for (const one of [body, querystring, params]) demandClosed(one, nameOf(route))
    if (/^(POST|PUT|PATCH)$/.test(route.method) && body === undefined) continue
    if (body) assert.ok(Value.Check(body, wellFormed(body)), `${nameOf(route)}: not well-formed`)
  }
  assert.ok(bodies > 5)
})

for (const asker of askers) {
  test(`${asker}: may what the table says, and nothing else`, async () => {
    for (const route of routes) {
      await demandSignedIn(asker)
      const browser = browsers.get(asker)
      assert.ok(browser)
      const answer = await ask(browser, route)
      const where = `${nameOf(route)}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`
      const wanted = expected(route, asker)
      if (wanted !== 'may') assert.ok(answer.status >= 400, where)
      // Whoever shows nothing right to a route for anybody is refused as if they were signed out.
      if (route.scope !== 'none') assert.equal(outcomeOf(answer, route.scope), wanted, where)
      assert.ok(answer.status < 500 || answer.status === 503, where)
    }
  })
}

test('things of another account are found by no route', async () => {
  for (const route of routes.filter(({ url }) => url.includes(':'))) {
    for (const id of victims) {
      await demandSignedIn('other owner')
      const browser = browsers.get('other owner')
      assert.ok(browser)
      const { status } = await ask(browser, route, id)
      assert.ok(status >= 400 && status < 500, `${nameOf(route)} with ${id}: ${status}`)
    }
  }
})
