/**
 * `root.sealed`: the root key wrapped with a passphrase. The passphrase is stretched by argon2id (RFC 9106) with 64 MiB,
 * 3 passes and 1 lane, so that a stolen file costs about 0.2 s and 64 MiB for each guess.
 */
import { argon2, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { sealBytes, secretKey, unsealBytes } from '../lib/seal.ts'
import { CommandFailure } from './command-failure.ts'

const stretch = promisify(argon2)
const stretching = { parallelism: 1, tagLength: 32, memory: 64 * 1024, passes: 3 }
const saltBytes = 16
/** Bound to the bytes, so that they open as nothing else. */
const purpose = Buffer.from('postern root key 1')

interface SealedRoot {
  version: 1
  /** Both base64url. */
  salt: string
  sealed: string
}

export async function sealRootKey(rootKey: Buffer, passphrase: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const sealed = sealBytes(await keyFrom(passphrase, salt), purpose, rootKey)
  const content: SealedRoot = {
    version: 1,
    salt: salt.toString('base64url'),
    sealed: sealed.toString('base64url'),
  }
  return JSON.stringify(content)
}

/** Throws CommandFailure for a wrong passphrase and for a damaged file. */
export async function openRootKey(text: string, passphrase: string): Promise<Buffer> {
  const { salt, sealed } = readSealedRoot(text)
  const key = await keyFrom(passphrase, Buffer.from(salt, 'base64url'))
  try {
    return unsealBytes(key, purpose, Buffer.from(sealed, 'base64url'))
  } catch (cause) {
    throw new CommandFailure(
      'the passphrase does not open root.sealed; type it again, or put the file back from a backup',
      { cause },
    )
  }
}

/** The same passphrase typed on another keyboard may come in another Unicode form. */
async function keyFrom(passphrase: string, nonce: Buffer): Promise<KeyObject> {
  const message = Buffer.from(passphrase.normalize('NFC'))
  return secretKey(await stretch('argon2id', { message, nonce, ...stretching }))
}

function readSealedRoot(text: string): SealedRoot {
  try {
    const content = JSON.parse(text) as Partial<SealedRoot> // every field is checked here
    const { version, salt, sealed } = content
    if (version === 1 && typeof salt === 'string' && typeof sealed === 'string') {
      if (Buffer.from(salt, 'base64url').length === saltBytes) return { version, salt, sealed }
    }
  } catch {
    // Said below.
  }
  throw new CommandFailure('root.sealed is damaged; put it back from a backup of the home')
}
