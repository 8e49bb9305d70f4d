/** The inbox's JSON: what it has received, for the page and for one's own tests. */
import { isUuid } from '../lib/uuid.ts'
import { type Answer, busy, noMessage, notAllowed, refusal, unavailable } from './answer.ts'
import { checkMessage } from './checks.ts'
import { displayMessage } from './display.ts'
import { attachmentDisposition } from './disposition.ts'
import { answerList } from './list-answer.ts'
import { messageBody } from './message-body.ts'
import type { StoredMessage } from './record.ts'
import type { Search } from './search.ts'
import type { Store } from './store.ts'
import type { Judge } from './verdicts.ts'
import { verdictsBody } from './verdicts-body.ts'

/** What the page tells a newcomer. */
export interface Facts {
  /** Null when the API's port is not known beforehand. */
  apiAddress: string | null
  apiKeyFile: string
  smtpAddress: string
}

export interface ApiDeps {
  /** Null until the vault has given the key. */
  store: () => Store | null
  search: Search
  judge: Judge
  /** The address of a message's HTML on the second origin. */
  addressOf: (id: string) => string
  facts: Facts
}

/** Null when the message is looked at, not a part of it. */
type Part = 'raw' | 'verdicts' | 'checks' | null

const parts: ReadonlySet<string> = new Set(['raw', 'verdicts', 'checks'])
const reading = 'GET, HEAD'
const readingOrDeleting = 'GET, HEAD, DELETE'

export async function answerApi(deps: ApiDeps, method: string, url: URL): Promise<Answer> {
  const isReading = method === 'GET' || method === 'HEAD'
  const [, , resource, id, part, ...more] = url.pathname.split('/')
  if (url.pathname === '/api/about') {
    return isReading ? { status: 200, body: aboutBody(deps.facts) } : notAllowed(reading)
  }
  const isKnown = resource === 'messages' && more.length === 0
  if (!isKnown || (part !== undefined && !parts.has(part))) {
    return refusal(404, 'not_found', 'There is no such address; see /api/messages.')
  }
  const store = deps.store()
  if (!store) return unavailable()
  const isDeleting = method === 'DELETE' && part === undefined
  if (!isReading && !isDeleting) return notAllowed(part ? reading : readingOrDeleting)
  if (id === undefined) {
    if (isDeleting) return await deleteAll(store, url.searchParams)
    return await answerList({ store, search: deps.search }, url.searchParams)
  }
  const known = id.toLowerCase()
  if (!isUuid(known)) return noMessage()
  if (isDeleting) return await deleteOne(store, known)
  const message = await store.find(known)
  // The set above holds the names of the parts.
  return message ? await showPart(deps, message, (part ?? null) as Part) : noMessage()
}

async function deleteAll(store: Store, query: URLSearchParams): Promise<Answer> {
  if (query.size > 0) {
    const rule = 'DELETE /api/messages deletes all and takes no parameters; leave them out.'
    return refusal(422, 'invalid_parameter', rule)
  }
  return { status: 200, body: { deleted: await store.deleteAll() } }
}

async function deleteOne(store: Store, id: string): Promise<Answer> {
  return (await store.delete(id)) ? { status: 200, body: { deleted: 1 } } : noMessage()
}

async function showPart(deps: ApiDeps, message: StoredMessage, part: Part): Promise<Answer> {
  switch (part) {
    case 'raw':
      return raw(message)
    case 'verdicts':
      return await verdicts(deps.judge, message)
    case 'checks':
      return { status: 200, body: checkMessage(await displayMessage(message)) }
    case null: {
      const display = await displayMessage(message)
      return { status: 200, body: messageBody(message, display, deps.addressOf(message.id)) }
    }
  }
}

function raw({ id, source }: StoredMessage): Answer {
  const headers = {
    'content-type': 'message/rfc822',
    'content-disposition': attachmentDisposition(`${id}.eml`),
  }
  return { status: 200, body: null, bytes: source, headers }
}

async function verdicts(judge: Judge, message: StoredMessage): Promise<Answer> {
  const judged = judge.judge(message)
  return judged ? { status: 200, body: verdictsBody(await judged) } : busy('verdicts')
}

function aboutBody({ apiAddress, apiKeyFile, smtpAddress }: Facts): Record<string, string | null> {
  return { api_address: apiAddress, api_key_file: apiKeyFile, smtp_address: smtpAddress }
}
