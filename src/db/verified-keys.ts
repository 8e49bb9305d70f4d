/** The public halves of signing keys, read by the supervisor for the inbox, which has no login. */
import type { DatabaseLogin } from './login.ts'
import { asOwner } from './runtime-logins.ts'

export interface PublicKey {
  algorithm: 'rsa' | 'ed25519'
  /** DER (SPKI), as hex. */
  publicKey: string
}

export interface KeyName {
  /** In lower case. */
  domain: string
  selector: string
}

/** Of the account that has the domain verified: there is at most one, and nobody else's mail leaves from it. */
export async function findVerifiedKey(
  admin: DatabaseLogin,
  { domain, selector }: KeyName,
): Promise<PublicKey | null> {
  return asOwner(admin, async (client) => {
    const { rows } = await client.query<PublicKey>(
      `select k.algorithm, encode(k.public_key, 'hex') as "publicKey"
         from postern.domain_states s
         join postern.signing_keys k on k.lane = s.lane and k.account_id = s.account_id and k.domain_id = s.domain_id
        where s.name = $1 and s.status = 'verified' and k.selector = $2`,
      [domain, selector],
    )
    return rows[0] ?? null
  })
}
