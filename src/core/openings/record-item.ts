/** What vault is asked for to open a sealed value that says itself under which record it was sealed. */
import { readNamed } from '../../lib/seal.ts'
import type { OpenItem } from '../../vault/client.ts'

export function recordItem(blob: Buffer): OpenItem {
  const { recordId: id, keyVersion, sessionPublic } = readNamed(blob)
  return { kind: 'record', id, keyVersion, sessionPublic }
}
