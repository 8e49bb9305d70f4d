/** Who made a request, as the log keeps it sealed. */
import { readNamed, sealClass, secretKey, unseal } from '../../lib/seal.ts'

export interface Client {
  address: string
  userAgent: string
}

export function packClient({ address, userAgent }: Client): Buffer {
  return Buffer.from(JSON.stringify({ address, userAgent }))
}

export function readClient(blob: Buffer, accountId: string, key: Buffer): Client {
  const { recordId, sealed } = readNamed(blob)
  const name = { accountId, recordId, class: sealClass.client }
  return JSON.parse(unseal(secretKey(key), name, sealed).toString('utf8')) as Client // packClient wrote it, the seal proves it
}
