/** Under which name a browser stores a download (RFC 6266). */

/** RFC 5987 §3.2.1 attr-char leaves these out, which `encodeURIComponent` does not. */
const unescaped = /[!'()*]/g

export function contentDisposition(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(filename).replace(
    unescaped,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
