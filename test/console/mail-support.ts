/** Messages of whoever is signed in, through the real door, and another account beside it. */
import { type Draft, MessageDoor } from '../../src/core/messages/accept-message.ts'
import { type Sender, Senders } from '../../src/core/messages/sender.ts'
import { addTotp, beginTotp } from '../../src/core/people/factors.ts'
import { becomePerson } from '../../src/core/people/links.ts'
import { nextCode, password } from '../people/people-support.ts'
import type { Browser, PeopleConsole } from './people-console.ts'

/** What a session may send is what its account may. */
export async function accept(
  { vault, deps, clock }: PeopleConsole,
  browser: Browser,
  drafts: Draft[],
): Promise<string[]> {
  const client = vault.client('console', deps.ticket)
  const destinationKey = async () => {
    const { destinationKey: key } = await client.keys()
    if (!key) throw new Error('console gets the destination key')
    return key
  }
  const { sql } = deps
  const common = { sql, vault: client, clock, check: vault.check() }
  const senders = new Senders({
    ...common,
    sandbox: true,
    door: 'console',
    alarm: () => {},
    onCanary: () => {},
  })
  const door = new MessageDoor({ sql, senders, clock, destinationKey, addsUnsubscribe: false })
  const { account_id: accountId } = (await browser.ask('GET', '/api/session')).body
  const sender = { h1: browser.h1, accountId, options: {} } as Sender // the door asks for no more without a quota
  return door.accept(sender, drafts, null)
}

/** The owner of an account more, signed in. */
export async function otherOwner(running: PeopleConsole, email: string): Promise<Browser> {
  const accountId = await running.makeAccount('Other')
  const token = await running.ownerLink(accountId)
  await becomePerson(running.deps, token, { name: 'Eve', email, password })
  const browser = running.browser()
  await browser.signIn({ email, password })
  const session = (await browser.ask('GET', '/api/session')).body
  const asking = { h1: browser.h1, userId: session.user.id, accountId: session.account_id }
  const secret = await beginTotp(running.deps, asking)
  await addTotp(running.deps, asking, { name: 'Phone', code: nextCode(secret, running.clock) })
  return browser
}
