/** The public key that an API key's requests are to be signed for, as its maker hands it in. */
import { Refusal } from '../../lib/refusal.ts'
import { type PublicKeyFault, readPublicKey } from '../../lib/signature-key.ts'

const field = 'signature.public_key'
const wanted = `The public key for signed requests (\`${field}\`) must be an Ed25519 or P-256 public key, as PEM (BEGIN PUBLIC KEY) or as a JWK`

const words: Record<PublicKeyFault, string> = {
  unreadable: `${wanted}; what was sent cannot be read as one.`,
  private:
    'That is a private key, which must not leave the program that signs: make another pair, and send the public key of it.',
  other_kind: `${wanted}; what was sent is a key of another kind.`,
}

/** What vault is to sign. */
export function keptSignatureKey(text: string): string {
  const read = readPublicKey(text)
  if ('kept' in read) return read.kept
  throw new Refusal('invalid_input', words[read.fault], { field })
}
