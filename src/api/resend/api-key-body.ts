/** API keys on the wire: what may be wished for, and what is shown. */
import { type Static, Type } from 'typebox'
import type { ApiKey } from '../../core/credentials/list-credentials.ts'
import type { ApiKeyDetails } from '../../core/credentials/read-credential.ts'
import { hourlyMaxMost, sourceCidrsMax } from '../../core/credentials/restrictions.ts'
import { Nullable, Timestamp } from './schemas.ts'

const nameLengthMax = 50
const Name = Type.String({
  maxLength: nameLengthMax,
  description: `a string of at most ${nameLengthMax} characters`,
})

const optional = <Schema extends Parameters<typeof Nullable>[0]>(
  schema: Schema,
  description: string,
) => Type.Optional(Type.Union([schema, Type.Null()], { description }))

export const NewKey = Type.Object(
  {
    name: Name,
    permission: optional(
      Type.Union([Type.Literal('full_access'), Type.Literal('sending_access')]),
      '`full_access` or `sending_access`',
    ),
    domain_id: optional(Type.String(), 'the id of a domain'),
    expires_at: optional(Type.String(), 'a time in ISO 8601, such as 2027-01-31T12:00:00Z'),
    source_cidrs: optional(
      Type.Array(Type.String(), { maxItems: sourceCidrsMax }),
      `a list of at most ${sourceCidrsMax} networks, such as 203.0.113.0/24 or 2001:db8::/32`,
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

const Id = Type.String({ description: 'the id of the key' })
const object = Type.Literal('api_key', { description: 'always `api_key`' })
const Token = Type.String({ description: 'the key itself, shown this once' })

export const KeyListing = Type.Object({
  id: Id,
  name: Type.String({ description: 'the name of the key' }),
  created_at: Timestamp,
  last_used_at: Nullable(Timestamp),
})

export const KeyBody = Type.Object(
  {
    object,
    ...KeyListing.properties,
    permission: Type.String({ description: '`full_access` or `sending_access`' }),
    domain_id: Nullable(Type.String({ description: 'the only domain it may send from' })),
    expires_at: Nullable(Type.String({ description: 'when it ends by itself' })),
    source_cidrs: Type.Array(Type.String(), {
      description: 'the networks from which it may be used; empty: from everywhere',
    }),
    hourly_max: Nullable(Type.Integer({ description: 'recipients an hour' })),
    holds: Type.Boolean({ description: 'whether what it submits waits for a release' }),
    keeps_content: Type.Boolean({
      description: 'whether content is kept once its deliveries have ended',
    }),
    last_used_from: Nullable(Type.String({ description: 'the address it was last used from' })),
    last_user_agent: Nullable(Type.String({ description: 'the program that used it last' })),
  },
  { description: 'The key with what it may do.' },
)

export const KeyReference = Type.Object(
  { object, id: Id },
  { description: 'Which key it was done to.' },
)
export const NewKeyAnswer = Type.Object(
  { ...KeyReference.properties, token: Token },
  { description: 'The key with its token: keep it now.' },
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
  { description: 'Which key works no more.' },
)

export const RolledKey = Type.Object(
  {
    ...NewKeyAnswer.properties,
    predecessor: Type.Object({
      id: Type.String({ description: 'the id of the old key' }),
      expires_at: Type.String({ description: 'when the old key ends' }),
    }),
  },
  { description: 'The new key with its token, and until when the old one goes on.' },
)

export function keyListing({ id, name, createdAt, lastUsedAt }: ApiKey): Static<typeof KeyListing> {
  return {
    id,
    name,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  }
}

export function keyBody(key: ApiKeyDetails): Static<typeof KeyBody> {
  const { name, columns, lastUsedAt, lastClient } = key
  const { id, permission, domainId, createdAt, expiresAt, options = {} } = columns
  return {
    object: 'api_key',
    id,
    name,
    permission,
    domain_id: domainId,
    created_at: new Date(createdAt).toISOString(),
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    source_cidrs: options.sourceCidrs ?? [],
    hourly_max: options.hourlyMax ?? null,
    holds: options.holds ?? false,
    keeps_content: options.keepsContent ?? true,
    last_used_at: lastUsedAt?.toISOString() ?? null,
    last_used_from: lastClient?.address ?? null,
    last_user_agent: lastClient?.userAgent ?? null,
  }
}
