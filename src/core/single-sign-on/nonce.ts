/**
 * What ties a token of the provider to one way there and back, and to the browser that went: made by console for the
 * request, computed anew by jobs from what the browser came back with. Whoever writes into the database can lay one
 * person's code under another's way; the token's nonce then is not the one of that way.
 */
import { hash } from 'node:crypto'

export interface NonceParts {
  /** Of the way to the provider and back. */
  id: string
  browserKey: string
  /** Random, known to console alone until the browser is back. */
  seed: string
}

export function oidcNonce({ id, browserKey, seed }: NonceParts): string {
  return hash('sha256', `postern oidc nonce 1\n${id}\n${browserKey}\n${seed}`, 'base64url')
}
