/** Keys with restrictions, as vault signs them: the API makes them in a way of its own. */
import type { CredentialOptions } from '../../src/core/authority/signed-row.ts'
import { makeToken, storedHash, tokenProof } from '../../src/lib/token.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import type { RunningApi } from './running-api.ts'

/** A key of the first account that is restricted so. */
export async function restrictedKey(api: RunningApi, options: CredentialOptions): Promise<string> {
  const token = makeToken('live')
  const client = api.vault.client('api', await api.database.ticket('api'))
  const { signed } = await client.authorise(
    { h1: tokenProof(api.first.apiKey) },
    {
      kind: 'create_credential',
      credential: {
        id: uuidv7(Date.now()),
        h2: storedHash(tokenProof(token)).toString('hex'),
        permission: 'full_access',
        domainId: null,
        expiresAt: null,
        options,
      },
    },
  )
  await api.storeAuthority(signed, 'credential.create')
  return token
}
