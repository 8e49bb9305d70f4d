/** Everything that has another meaning in a path, in a header or to the eye. */
const unsafe = /[\p{Cc}\u202a-\u202e\u2066-\u2069/\\:*?"<>|]+/gu
const lengthMax = 120

/** `Content-Disposition` that saves under a name a stranger chose (RFC 6266, RFC 8187). */
export function attachmentDisposition(filename: string): string {
  const name = [...filename.replaceAll(unsafe, '_')].slice(0, lengthMax).join('')
  const plain = name.replaceAll(/[^\x20-\x7e]|%/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, escapeCharacter)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
