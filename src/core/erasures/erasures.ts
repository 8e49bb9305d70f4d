/** Erasing a person from an account, by their address; the work itself is done by jobs. */
import { Refusal } from '../../lib/refusal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import { explainMailbox, parseMailbox } from '../../mail/address.ts'
import { recipientIndex } from '../messages/accept-message.ts'
import type { Senders } from '../messages/sender.ts'
import type { PersonAsking } from '../people/factors.ts'
import { demandDone, type PeopleDeps, storeAnswer } from '../people/store-answer.ts'
import { countPerson } from './queries.ts'

export interface ErasureDeps {
  people: PeopleDeps
  senders: Pick<Senders, 'keys'>
}

export interface PersonFound {
  /** Among the newest `lookedAtMax` messages of the account. */
  messages: number
  /** Of these, how many have deliveries that have not ended. */
  waiting: number
  /** Whether no older messages are left that were not looked at. */
  isWhole: boolean
  isSuppressed: boolean
}

export const lookedAtMax = 50_000
const runningMax = 20

/** What an erasure would find; nothing is changed. */
export async function findPersonData(
  deps: ErasureDeps,
  asking: PersonAsking,
  address: string,
): Promise<PersonFound> {
  const { running: _, ...found } = await count(deps, asking, await indexOf(deps, asking, address))
  return found
}

/** From here on it goes on without the person who asked; answers its id. */
export async function beginErasure(
  deps: ErasureDeps,
  asking: PersonAsking,
  { address, liftsSuppression }: { address: string; liftsSuppression: boolean },
): Promise<string> {
  const { people } = deps
  const index = await indexOf(deps, asking, address)
  const { running } = await count(deps, asking, index)
  if (running >= runningMax) {
    throw new Refusal(
      'limit_reached',
      `${runningMax} erasures are under way in this account. Wait until one of them is done.`,
    )
  }
  const id = uuidv7(people.clock.now())
  const erasure = { id, recipientIndex: index.toString('hex'), liftsSuppression }
  const answer = demandDone(await people.vault.people(asking.h1, { kind: 'erase', erasure }))
  await storeAnswer(people, answer, { h1: asking.h1 })
  return id
}

async function count({ people }: ErasureDeps, { h1 }: PersonAsking, index: Buffer) {
  const found = await countPerson(people.sql, h1, { index, walkLimit: lookedAtMax })
  if (found) return found
  throw new Refusal('not_permitted', 'Erasing a person needs `data:erase`.', {
    field: 'data:erase',
  })
}

async function indexOf(
  { senders }: ErasureDeps,
  asking: PersonAsking,
  text: string,
): Promise<Buffer> {
  const mailbox = parseMailbox(text.trim())
  if (mailbox?.name !== '') {
    const why = mailbox ? 'It has a name; give the address alone.' : explainMailbox(text.trim())
    throw new Refusal('invalid_input', `The \`address\` cannot be used. ${why}`, {
      field: 'address',
    })
  }
  const { indexKey } = await senders.keys(asking)
  return recipientIndex(indexKey, mailbox.address)
}
