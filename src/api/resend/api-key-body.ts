/** API keys on the wire: what may be wished for, and what is shown. */
import { type Static, Type } from 'typebox'
import { keyPresetNames, keyScopes, presetOf, scopesOfKey } from '../../core/access/scopes.ts'
import { domainsOf, domainsOfKeyMax } from '../../core/credentials/bound-domains.ts'
import type { ApiKey } from '../../core/credentials/list-credentials.ts'
import type { ApiKeyDetails } from '../../core/credentials/read-credential.ts'
import { hourlyMaxMost, sourceCidrsMax } from '../../core/credentials/restrictions.ts'
import { streams } from '../../core/messages/stream.ts'
import { publicKeyLengthMax, publicKeyPem, signatureKeyOf } from '../../lib/signature-key.ts'
import { exampleIds, Nullable } from './schemas.ts'

const nameLengthMax = 50
const Name = Type.String({
  maxLength: nameLengthMax,
  description: `a string of at most ${nameLengthMax} characters, for its owner to know it by`,
})

const optional = <Schema extends Parameters<typeof Nullable>[0]>(
  schema: Schema,
  description: string,
) => Type.Optional(Type.Union([schema, Type.Null()], { description }))

/** PEM or JWK; what is wrong with one is said by `keptSignatureKey`. */
export const NewSignature = Type.Object({
  public_key: Type.Union(
    [Type.String({ maxLength: publicKeyLengthMax }), Type.Record(Type.String(), Type.Unknown())],
    {
      description: 'an Ed25519 or P-256 public key, as PEM (BEGIN PUBLIC KEY) or as a JWK',
    },
  ),
})

export const NewKey = Type.Object(
  {
    name: Name,
    permission: optional(
      Type.Union([Type.Literal('full_access'), Type.Literal('sending_access')]),
      '`full_access` or `sending_access`',
    ),
    scopes: optional(
      Type.Array(Type.String(), { maxItems: keyScopes.length }),
      `a list of what it may do, each one of ${keyScopes.join(', ')}; without one, all that \`permission\` allows`,
    ),
    preset: optional(
      Type.Union(keyPresetNames.map((name) => Type.Literal(name))),
      `${keyPresetNames.join(', ')}: in place of \`permission\` and \`scopes\``,
    ),
    streams: optional(
      Type.Array(Type.Union(streams.map((stream) => Type.Literal(stream))), {
        minItems: 1,
        maxItems: streams.length,
      }),
      `a list of the streams it may submit to, each one of ${streams.join(', ')}; without one, all`,
    ),
    canary: optional(
      Type.Boolean(),
      'true or false: whether it is a decoy that does nothing and whose use is an alarm',
    ),
    signature: optional(
      NewSignature,
      'an object with a `public_key`: then requests of this key must be signed (RFC 9421), and it works over HTTP only',
    ),
    domain_id: optional(Type.String(), 'the id of a domain, the only one it may send from'),
    domain_ids: optional(
      Type.Array(Type.String(), { minItems: 1, maxItems: domainsOfKeyMax }),
      `a list of 1 to ${domainsOfKeyMax} ids of domains, the only ones it may send from; in place of \`domain_id\``,
    ),
    expires_at: optional(
      Type.String(),
      'a time in ISO 8601, such as 2027-01-31T12:00:00Z, when it ends by itself',
    ),
    source_cidrs: optional(
      Type.Array(Type.String(), { maxItems: sourceCidrsMax }),
      `a list of at most ${sourceCidrsMax} networks, such as 203.0.113.0/24 or 2001:db8::/32; from elsewhere it is not taken`,
    ),
    hourly_max: optional(
      Type.Integer({ minimum: 1, maximum: hourlyMaxMost }),
      `a whole number of recipients an hour, from 1 to ${hourlyMaxMost}`,
    ),
    holds: optional(
      Type.Boolean(),
      'true or false: whether what the key submits waits for a release',
    ),
    keeps_content: optional(
      Type.Boolean(),
      'true or false: whether content is kept once its deliveries have ended',
    ),
  },
  { description: 'a JSON object', examples: [{ name: 'Shop', permission: 'sending_access' }] },
)

export const KeyChange = Type.Object(
  { name: Name },
  { description: 'a JSON object', examples: [{ name: 'Shop, second' }] },
)

const Id = Type.String({ description: 'the id of the key, a UUID' })
const object = Type.Literal('api_key', { description: 'always `api_key`' })
const Token = Type.String({ description: 'the key itself, shown this once' })

const tokenExample = 'pst_live_…'
const listingExample = {
  id: exampleIds.key,
  name: 'Shop',
  created_at: '2026-03-02T09:00:00.000Z',
  last_used_at: '2026-03-02T09:15:00.000Z',
}
const newKeyExample = { object: 'api_key', id: exampleIds.newKey, token: tokenExample }

export const KeyListing = Type.Object(
  {
    id: Id,
    name: Type.String({ description: 'the name of the key' }),
    created_at: Type.String({ description: 'when it was made, ISO 8601 in UTC' }),
    last_used_at: Nullable(
      Type.String({ description: 'when it was last used, ISO 8601 in UTC; null: never yet' }),
    ),
  },
  { examples: [listingExample] },
)

export const KeyBody = Type.Object(
  {
    object,
    ...KeyListing.properties,
    permission: Type.String({ description: '`full_access` or `sending_access`' }),
    scopes: Type.Array(Type.String(), { description: 'what it may do' }),
    preset: Nullable(
      Type.String({ description: 'the preset that allows exactly that; null: none does' }),
    ),
    streams: Type.Array(Type.String(), { description: 'the streams it may submit to' }),
    canary: Type.Boolean({
      description: 'whether it is a decoy that does nothing and whose use is an alarm',
    }),
    signature: Nullable(
      Type.Object({
        algorithm: Type.String({ description: '`ed25519` or `ecdsa-p256-sha256`' }),
        public_key: Type.String({ description: 'the public key they are checked with, PEM' }),
      }),
      { description: 'how its requests must be signed; null: they need not be' },
    ),
    domain_id: Nullable(
      Type.String({
        description: 'the id of the only domain it may send from, or of the first; null: all',
      }),
    ),
    domain_ids: Type.Array(Type.String(), {
      description: 'the ids of all domains it may send from; empty: all of the account',
    }),
    expires_at: Nullable(
      Type.String({ description: 'when it ends by itself, ISO 8601 in UTC; null: never' }),
    ),
    source_cidrs: Type.Array(Type.String(), {
      description: 'the networks from which it may be used; empty: from everywhere',
    }),
    hourly_max: Nullable(
      Type.Integer({
        description: 'how many recipients an hour it may send to; null: no limit of its own',
      }),
    ),
    holds: Type.Boolean({ description: 'whether what it submits waits for a release' }),
    keeps_content: Type.Boolean({
      description: 'whether content is kept once its deliveries have ended',
    }),
    retires_at: Nullable(
      Type.String({
        description:
          'when it ends because nobody uses it, unless somebody does, ISO 8601 in UTC; null: not soon',
      }),
    ),
    last_used_from: Nullable(
      Type.String({ description: 'the network address it was last used from; null: not known' }),
    ),
    last_user_agent: Nullable(
      Type.String({
        description: 'the program that used it last, by its User-Agent; null: not known',
      }),
    ),
  },
  {
    description: 'The key with what it may do.',
    examples: [
      {
        object: 'api_key',
        ...listingExample,
        permission: 'sending_access',
        scopes: ['emails:send'],
        preset: 'sending',
        streams: ['transactional'],
        canary: false,
        signature: null,
        domain_id: null,
        domain_ids: [],
        expires_at: null,
        source_cidrs: ['203.0.113.0/24'],
        hourly_max: 1_000,
        holds: false,
        keeps_content: true,
        retires_at: null,
        last_used_from: '203.0.113.7',
        last_user_agent: 'shop/2.1',
      },
    ],
  },
)

export const KeyReference = Type.Object(
  { object, id: Id },
  {
    description: 'Which key it was done to.',
    examples: [{ object: 'api_key', id: exampleIds.key }],
  },
)
export const NewKeyAnswer = Type.Object(
  { ...KeyReference.properties, token: Token },
  { description: 'The key with its token: keep it now.', examples: [newKeyExample] },
)
export const DeletedKey = Type.Object(
  {
    ...KeyReference.properties,
    deleted: Type.Literal(true, { description: 'always true' }),
    held: Type.Optional(
      Type.Integer({
        description: 'deliveries that now wait for a release, when that was asked for',
      }),
    ),
  },
  {
    description: 'Which key works no more.',
    examples: [{ object: 'api_key', id: exampleIds.key, deleted: true }],
  },
)

export const RolledKey = Type.Object(
  {
    ...NewKeyAnswer.properties,
    predecessor: Type.Object(
      {
        id: Type.String({ description: 'the id of the old key, a UUID' }),
        expires_at: Type.String({ description: 'when the old key ends, ISO 8601 in UTC' }),
      },
      { description: 'the key that was rolled' },
    ),
  },
  {
    description: 'The new key with its token, and until when the old one goes on.',
    examples: [
      {
        ...newKeyExample,
        predecessor: { id: exampleIds.key, expires_at: '2026-03-02T10:15:00.000Z' },
      },
    ],
  },
)

export function keyListing({ id, name, createdAt, lastUsedAt }: ApiKey): Static<typeof KeyListing> {
  return {
    id,
    name,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  }
}

function signatureBody(kept: string | undefined): Static<typeof KeyBody>['signature'] {
  const key = kept === undefined ? undefined : signatureKeyOf(kept)
  if (!key || kept === undefined) return null
  return { algorithm: key.algorithm, public_key: publicKeyPem(kept) }
}

export function keyBody(key: ApiKeyDetails): Static<typeof KeyBody> {
  const { name, columns, lastUsedAt, lastClient, retiresAt } = key
  const { id, permission, domainId, createdAt, expiresAt, options = {} } = columns
  const scopes = options.canary ? [] : [...scopesOfKey(columns)]
  return {
    object: 'api_key',
    id,
    name,
    permission,
    scopes,
    preset: presetOf(scopes),
    streams: options.streams ?? [...streams],
    canary: options.canary ?? false,
    signature: signatureBody(options.signatureKey),
    domain_id: domainId,
    domain_ids: domainsOf(columns),
    created_at: new Date(createdAt).toISOString(),
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    source_cidrs: options.sourceCidrs ?? [],
    hourly_max: options.hourlyMax ?? null,
    holds: options.holds ?? false,
    keeps_content: options.keepsContent ?? true,
    last_used_at: lastUsedAt?.toISOString() ?? null,
    retires_at: retiresAt?.toISOString() ?? null,
    last_used_from: lastClient?.address ?? null,
    last_user_agent: lastClient?.userAgent ?? null,
  }
}
