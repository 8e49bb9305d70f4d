/** What a domain's records are made of, from its document: the signed state says which keys and which return path count. */
import { returnPathLabel } from './check-domain.ts'
import type { DomainDocument } from './queries.ts'
import type { DomainKeys } from './records.ts'

/** The active selector first, then the one that stands ready, then the Ed25519 one while it is switched on. */
export function keysOf({ id, name, state, selectors }: DomainDocument): DomainKeys {
  const { activeSelector, standbySelector, options = {} } = state.columns
  const order = [activeSelector, standbySelector, options.ed25519Selector]
  return {
    id,
    name,
    returnPath: options.returnPath ?? returnPathLabel,
    selectors: order.flatMap((wanted) =>
      selectors
        .filter(({ selector }) => selector === wanted)
        .map(({ selector, algorithm, publicKey }) => ({
          selector,
          algorithm,
          publicKey: Buffer.from(publicKey, 'hex'),
        })),
    ),
  }
}
