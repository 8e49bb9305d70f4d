/**
 * What shows that a request comes from the browser that signed in: a signature over its method, its path with the query,
 * the time, and the SHA-256 of its body (ECDSA P-256 with SHA-256, IEEE P1363 form), with a key that cannot be exported.
 */
export interface Provable {
  method: string
  /** As it stands in the request line. */
  pathWithQuery: string
  atMs: number
  /** Empty when there is none. */
  body: string
}

export const proofHeader = 'Postern-Proof'

export async function proofOf(key: CryptoKey, request: Provable): Promise<string> {
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    key,
    bytesOf(await proofText(request)),
  )
  return `${request.atMs}.${base64url(new Uint8Array(signature))}`
}

export async function proofText({ method, pathWithQuery, atMs, body }: Provable): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytesOf(body))
  return `${method}\n${pathWithQuery}\n${atMs}\n${base64url(new Uint8Array(digest))}`
}

export function base64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}
