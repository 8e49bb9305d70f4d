/** Addresses from which an attachment may be fetched, as far as the text of the address can say. */

const lengthMax = 2_000

/** Why not: a sentence with rule and fix, without the address. Empty when it may. */
export function explainFetchUrl(text: string): string {
  if (text.length > lengthMax) return `It is longer than ${lengthMax} characters; shorten it.`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'It must be an address that begins with https:// or http://.'
  }
  if (url.username !== '' || url.password !== '') {
    return 'It must not hold a user name or a password; use an address that is valid for a while instead.'
  }
  // A mail host or a database would take a request for something else.
  const port = Number(url.port)
  if (url.port !== '' && port < 1024 && port !== 80 && port !== 443) {
    return 'Its port must be 80, 443 or one from 1024 on.'
  }
  return ''
}

/** What the last part of the path is called; undefined when there is none. */
export function filenameOf(text: string): string | undefined {
  const last = new URL(text).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last) || undefined
  } catch {
    return undefined
  }
}
