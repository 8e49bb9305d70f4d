/**
 * The key that exports are sealed to. It is made here, and its private half goes into a file of the person's own: the
 * console is told the public half alone, so that what it makes is of use to nobody else.
 */
import { base64url } from '../../api/proof.ts'

export interface ExportKey {
  /** By which people tell one key from another. */
  id: string
  /** An uncompressed point in base64url. */
  publicKey: string
  fileName: string
  /** With the private key. */
  fileText: string
}

export async function makeExportKey(atMs: number): Promise<ExportKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, [
    'deriveBits',
  ])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const { d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (d === undefined) throw new Error('the browser does not give away the key it has made')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', point))
  const id = [...digest.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const fileName = `postern-export-key-${id}.txt`
  return { id, publicKey: base64url(point), fileName, fileText: textOf(id, { d, atMs, fileName }) }
}

function textOf(
  id: string,
  { d, atMs, fileName }: { d: string; atMs: number; fileName: string },
): string {
  return [
    '# An export key of Postern. It opens the exports that were made with it, and nothing else.',
    '# Who has it and such a file can read all of it: keep the two apart, and delete both in the end.',
    `# Key ${id}, made on ${new Date(atMs).toISOString().slice(0, 10)}. To open an export with it:`,
    `#   postern export open FILE --key ${fileName}`,
    `postern-export-key-1 ${d}`,
    '',
  ].join('\n')
}
