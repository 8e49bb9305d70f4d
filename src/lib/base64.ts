/** Base64 (RFC 4648 §4) as it must be, and at the speed of Node's own: no pattern is run over megabytes. */

/** Undefined unless the text is whole, padded, and nothing but base64; Node itself would skip what is not. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (bytes.length !== (text.length / 4) * 3 - padding) return undefined
  // Of the other alphabet (§5), which Node takes as well.
  if (text.includes('-') || text.includes('_')) return undefined
  // The bits behind the last byte must be zero, and the padding stand at the end (§3.5).
  const rest = bytes.length % 3
  const last = bytes.subarray(bytes.length - rest).toString('base64')
  return rest === 0 || text.endsWith(last) ? bytes : undefined
}

/** Base64url (RFC 4648 §5) without padding; undefined unless the text is the one way to write its bytes. */
export function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
