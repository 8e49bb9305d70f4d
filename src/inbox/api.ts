/** The inbox's JSON: what it has received, for the page and for one's own tests. */
import { isUuid } from '../lib/uuid.ts'
import { displayMessage } from './display.ts'
import { storeLimits, webLimits } from './limits.ts'
import type { Store } from './store.ts'
import { summaryBody } from './summary-body.ts'

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
  /** The address of a message's HTML on the second origin. */
  addressOf: (id: string) => string
  facts: Facts
}

export interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

const messagesPath = '/api/messages'

export function refusal(status: number, name: string, message: string): Answer {
  return { status, body: { name, message } }
}

export function unavailable(): Answer {
  const reason = 'The inbox waits for its key: the vault is sealed or still starting.'
  return { ...refusal(503, 'unavailable', reason), headers: { 'retry-after': '1' } }
}

export async function answerApi(deps: ApiDeps, url: URL): Promise<Answer> {
  if (url.pathname === '/api/about') return { status: 200, body: aboutBody(deps.facts) }
  const store = deps.store()
  if (!store) return unavailable()
  if (url.pathname === messagesPath) return listMessages(store, url.searchParams)
  const [folder, id = ''] = [url.pathname.slice(0, 14), url.pathname.slice(14)]
  if (folder === `${messagesPath}/`) return showMessage(store, id.toLowerCase(), deps.addressOf)
  return refusal(404, 'not_found', 'There is no such address; see /api/messages.')
}

function listMessages(store: Store, query: URLSearchParams): Answer {
  const limit = Number(query.get('limit') ?? webLimits.pageSize)
  if (!Number.isInteger(limit) || limit < 1 || limit > storeLimits.listedMax) {
    const rule = `limit must be a whole number from 1 to ${storeLimits.listedMax}.`
    return refusal(422, 'invalid_parameter', rule)
  }
  const after = query.get('after') ?? undefined
  if (after !== undefined && !store.has(after)) {
    const rule = 'after must be the id of a listed message; read the list again from its start.'
    return refusal(422, 'invalid_parameter', rule)
  }
  const { summaries, hasMore } = store.list({ limit, after })
  return { status: 200, body: { data: summaries.map(summaryBody), has_more: hasMore } }
}

async function showMessage(
  store: Store,
  id: string,
  addressOf: (id: string) => string,
): Promise<Answer> {
  const message = isUuid(id) ? await store.find(id) : undefined
  if (!message) {
    const reason = 'There is no such message; the inbox keeps the newest ones only.'
    return refusal(404, 'not_found', reason)
  }
  const { attachments, isSourceCut, ...display } = await displayMessage(message)
  const body = {
    ...summaryBody(message),
    return_path: message.returnPath,
    ...display,
    attachments: attachments.map(({ filename, contentType, sizeBytes }) => ({
      filename,
      content_type: contentType,
      size_bytes: sizeBytes,
    })),
    source_is_cut: isSourceCut,
    html_url: display.html === null ? null : addressOf(id),
  }
  return { status: 200, body }
}

function aboutBody({ apiAddress, apiKeyFile, smtpAddress }: Facts): Record<string, string | null> {
  return { api_address: apiAddress, api_key_file: apiKeyFile, smtp_address: smtpAddress }
}
