/** The key of our account at the ACME authority: in a file of jobs, made at the first order, never elsewhere. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OrderFault } from '../core/certificates/order-failure.ts'
import { writeSecret } from '../process/secrets.ts'

export const accountKeyFile = 'acme-account.pem'

/** PEM. With another authority the same key is another account. Throws OrderFault. */
export function readAccountKey(folder: string): string {
  const file = join(folder, accountKeyFile)
  try {
    if (!existsSync(file)) writeSecret(file, newKey())
    const text = readFileSync(file, 'utf8')
    createPrivateKey(text)
    return text
  } catch (cause) {
    throw new OrderFault('account_key', { cause })
  }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString().trimEnd()
}
