/** The key of our account at the ACME authority: in a file of jobs, made at the first order, never elsewhere. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OrderFault } from '../core/certificates/order-failure.ts'

export const accountKeyFile = 'acme-account.pem'

/** PEM. With another authority the same key is another account. Throws OrderFault. */
export function readAccountKey(folder: string): string {
  const file = join(folder, accountKeyFile)
  try {
    if (!existsSync(file)) {
      // Whole or not at all. The fence forbids to wait for the disk; a key that gets lost is another account.
      writeFileSync(`${file}.new`, newKey(), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    }
    const text = readFileSync(file, 'utf8')
    createPrivateKey(text)
    return text
  } catch (cause) {
    throw new OrderFault('account_key', { cause })
  }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}
