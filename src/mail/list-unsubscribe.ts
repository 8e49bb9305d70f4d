/** Unsubscribing by a reader's own button (RFC 2369 §3.2, RFC 8058). */
import { foldHeader, type Header, HeaderInjection } from './headers.ts'

const headerName = 'List-Unsubscribe'
const postName = 'List-Unsubscribe-Post'
const urlLengthMax = 900
/** Printable, without the brackets around a URL, the comma between two, and quotes. */
/** In development one click works over http as well: what stays on this machine crosses no network. */
const oneClickForm = /^https:|^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)[:/]/i
const urlForm = /^(?:https?|mailto):[\x21\x23-\x2b\x2d-\x3b\x3d\x3f-\x7e]+$/i

/** What may be given to `unsubscribeHeaders`: commas within are to be written as `%2C`. */
export function isUnsubscribeUrl(url: string): boolean {
  return url.length <= urlLengthMax && urlForm.test(url) && URL.canParse(url)
}

/**
 * In the order of preference. With an https URL among them it is one-click unsubscribing: that URL must then take a POST
 * without cookies or a further question (RFC 8058 §3.1, §3.2). Throws HeaderInjection for what is no such URL.
 */
export function unsubscribeHeaders(...urls: [string, ...string[]]): Header[] {
  if (!urls.every(isUnsubscribeUrl)) throw new HeaderInjection('an unsubscribe URL is not valid')
  const value = urls.map((url) => `<${url}>`).join(', ')
  const headers: Header[] = [[headerName, foldHeader(headerName, value)]]
  if (urls.some((url) => oneClickForm.test(url))) {
    headers.push([postName, 'List-Unsubscribe=One-Click'])
  }
  return headers
}

/** Whether a sender's own headers say how to unsubscribe, if only by half of the two; case does not count. */
export function hasUnsubscribe(names: readonly string[]): boolean {
  const own = [headerName.toLowerCase(), postName.toLowerCase()]
  return names.some((name) => own.includes(name.toLowerCase()))
}
