/**
 * What of a request and its answer is kept in the log of an account that wants it: JSON without secrets, and never the
 * messages themselves, which are found by their ids for as long as they are kept.
 */
import type { Bodies } from '../core/requests/read-requests.ts'

export interface Exchange {
  method: string
  /** The pattern of the route. */
  route: string
  requestBody: unknown
  /** The answer as it was sent; null when it was no text. */
  responseText: string | null
}

const bodyBytesMax = 64 * 1024
const depthMax = 32
const hidden = '[hidden]'

/** Names of fields whose values are secrets, whatever they hold; links carry theirs in the address. */
const secretNames =
  /authorization|password|passphrase|secret|token|credential|api_?-?key$|private_?-?key|signature|^(download_)?url$/i
/** API keys in both spellings, webhook secrets, and what stands after `Bearer`. */
const secretTexts = /(?:SG\.)?pst_[a-z]+_[0-9A-Za-z_-]{8,}|whsec_[0-9A-Za-z+/=_-]+|Bearer +\S+/g
/** Routes whose requests and answers are messages. */
const messageRoutes = /^\/emails(\/|$)/

export function keptBodies({ method, route, requestBody, responseText }: Exchange): Bodies {
  const isMessage = messageRoutes.test(route)
  const asksForMessage = isMessage && method === 'GET'
  return {
    request: isMessage ? null : within(hideSecrets(requestBody ?? null)),
    response: asksForMessage || responseText === null ? null : within(readAnswer(responseText)),
  }
}

function readAnswer(text: string): unknown {
  try {
    return hideSecrets(JSON.parse(text))
  } catch {
    return null
  }
}

/** The same value with its secrets replaced; the shape stays. */
export function hideSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replaceAll(secretTexts, hidden)
  if (typeof value !== 'object' || value === null) return value
  if (depth > depthMax) return hidden
  if (Array.isArray(value)) return value.map((inner) => hideSecrets(inner, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replaceAll(secretTexts, hidden),
      secretNames.test(name) && inner !== null ? hidden : hideSecrets(inner, depth + 1),
    ]),
  )
}

function within(value: unknown): unknown {
  const bytes = Buffer.byteLength(JSON.stringify(value))
  return bytes <= bodyBytesMax ? value : { omitted: `${bytes} bytes, more than are kept` }
}
