/** The file with the private key of an export, as the dashboard makes it and the command line reads it. */
import { keyIdOf, publicKeyOf } from '../../lib/sealed-stream.ts'

const line = /^postern-export-key-1 ([\w-]{43})\s*$/m

/** 32 bytes; undefined where there is no key in the text. Lines that begin with # are for people. */
export function readExportKey(text: string): Buffer | undefined {
  const found = line.exec(text)?.[1]
  if (found === undefined) return undefined
  const key = Buffer.from(found, 'base64url')
  try {
    keyIdOf(publicKeyOf(key))
    return key
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
