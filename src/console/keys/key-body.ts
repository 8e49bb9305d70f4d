/** API keys as the dashboard sees them: what may be wished for, and what is shown. Never a token but once. */
import { type Static, Type } from 'typebox'
import { keyScopes, scopesOfKey } from '../../core/access/scopes.ts'
import { domainsOf, domainsOfKeyMax } from '../../core/credentials/bound-domains.ts'
import type { ApiKeyDetails } from '../../core/credentials/read-credential.ts'
import { hourlyMaxMost, sourceCidrsMax } from '../../core/credentials/restrictions.ts'
import { overlapSecondsMax } from '../../core/credentials/roll-credential.ts'
import { publicKeyLengthMax, publicKeyPem, signatureKeyOf } from '../../lib/signature-key.ts'
import { closed, orNull, Time, timeText } from '../lists.ts'

const nameLengthMax = 50

const Name = Type.String({
  minLength: 1,
  maxLength: nameLengthMax,
  pattern: '\\S',
  description: `from 1 to ${nameLengthMax} characters, for its owners to know it by`,
})
const Id = Type.String({ format: 'uuid', description: 'the id of the key' })
const Token = Type.String({ description: 'the key itself: it is in this answer and never again' })
const KeyScope = Type.Enum([...keyScopes], {
  description: `one of ${keyScopes.join(', ')}`,
})

const StreamName = Type.Enum(['urgent', 'transactional', 'bulk'], {
  description: '`urgent`, `transactional` or `bulk`',
})

const NewSignature = Type.Object(
  {
    public_key: Type.String({
      minLength: 1,
      maxLength: publicKeyLengthMax,
      description: 'an Ed25519 or P-256 public key, as PEM (BEGIN PUBLIC KEY) or as a JWK in text',
    }),
  },
  {
    ...closed,
    description:
      'an object with the `public_key` that requests are signed for (RFC 9421); the key then works over HTTP only',
  },
)

export const NewKeyBody = Type.Object(
  {
    name: Name,
    scopes: Type.Array(KeyScope, {
      minItems: 1,
      uniqueItems: true,
      description:
        'a list of what the key may do, each named once; no more than the person who makes it',
    }),
    domain_id: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'the id of the only domain it may send from; for keys that only send',
      }),
    ),
    domain_ids: Type.Optional(
      Type.Array(Type.String({ format: 'uuid', description: 'the id of a domain' }), {
        minItems: 1,
        maxItems: domainsOfKeyMax,
        uniqueItems: true,
        description: `a list of 1 to ${domainsOfKeyMax} ids of domains, the only ones it may send from; in place of \`domain_id\``,
      }),
    ),
    source_cidrs: Type.Optional(
      Type.Array(Type.String({ maxLength: 64, description: 'a network in text' }), {
        maxItems: sourceCidrsMax,
        description: `a list of at most ${sourceCidrsMax} networks, such as 203.0.113.0/24 or 2001:db8::/32; from elsewhere it is not taken`,
      }),
    ),
    hourly_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: hourlyMaxMost,
        description: `a whole number of recipients an hour, from 1 to ${hourlyMaxMost}`,
      }),
    ),
    expires_at: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'a time in ISO 8601 with its zone, such as 2027-01-31T12:00:00Z',
      }),
    ),
    streams: Type.Optional(
      Type.Array(StreamName, {
        minItems: 1,
        maxItems: 3,
        uniqueItems: true,
        description: 'a list of urgent, transactional and bulk, each named once; else all',
      }),
    ),
    signature: Type.Optional(NewSignature),
    canary: Type.Optional(
      Type.Boolean({
        description: 'true or false: whether it is a decoy that does nothing but raise an alarm',
      }),
    ),
    holds: Type.Optional(
      Type.Boolean({
        description: 'true or false: whether what the key submits waits for a release',
      }),
    ),
    keeps_content: Type.Optional(
      Type.Boolean({
        description: 'true or false: whether content is kept once its deliveries have ended',
      }),
    ),
  },
  { ...closed, examples: [{ name: 'Shop', scopes: ['emails:send'] }] },
)

export const KeyChangeBody = Type.Object(
  { name: Name },
  { ...closed, examples: [{ name: 'Shop, second' }] },
)

export const RollBody = Type.Object(
  {
    overlap_seconds: Type.Integer({
      minimum: 0,
      maximum: overlapSecondsMax,
      description: `a whole number of seconds from 0 to ${overlapSecondsMax}, for which the old key goes on`,
    }),
    signature: Type.Optional(NewSignature),
  },
  { ...closed, examples: [{ overlap_seconds: 86_400 }] },
)

export const KeyBody = Type.Object(
  {
    id: Id,
    name: Type.String({ description: 'what its owners know it by' }),
    permission: Type.Enum(['full_access', 'sending_access'], {
      description: 'as programs see it: `sending_access` only sends',
    }),
    scopes: Type.Array(Type.String(), { description: 'what the key may do' }),
    domain_id: orNull(
      Type.String(),
      'the only domain it may send from, or the first of them; null: all',
    ),
    domain_ids: Type.Array(Type.String(), {
      description: 'all domains it may send from; empty: all of the account',
    }),
    source_cidrs: Type.Array(Type.String(), {
      description: 'the networks from which it may be used; empty: from everywhere',
    }),
    hourly_max: orNull(
      Type.Integer(),
      'recipients an hour it may send to; null: no limit of its own',
    ),
    streams: orNull(Type.Array(StreamName), 'the streams it may submit to; null: all'),
    signature: orNull(
      Type.Object(
        {
          algorithm: Type.Enum(['ed25519', 'ecdsa-p256-sha256'], {
            description: 'as RFC 9421 names it',
          }),
          public_key: Type.String({ description: 'what they are checked with, PEM' }),
        },
        closed,
      ),
      'how its requests must be signed; null: they need not be',
    ),
    canary: Type.Boolean({ description: 'whether it is a decoy: it does nothing but alarm' }),
    holds: Type.Boolean({ description: 'whether what it submits waits for a release' }),
    keeps_content: Type.Boolean({
      description: 'whether content is kept once its deliveries have ended',
    }),
    created_at: Type.String({ format: 'date-time', description: 'when it was made' }),
    expires_at: orNull(Time, 'when it ends by itself; null: never'),
    retires_at: orNull(
      Time,
      'when it ends because nobody uses it, unless somebody does; null: not soon',
    ),
    last_used_at: orNull(Time, 'when it was last used; null: never yet'),
    last_used_from: orNull(Type.String(), 'the address of its last use; null: not known'),
    last_user_agent: orNull(
      Type.String(),
      'the program of its last use, as it names itself; null: not known',
    ),
  },
  { ...closed, description: 'The key, with what it may do and who used it last.' },
)

export const NewKeyAnswer = Type.Object(
  { id: Id, token: Token },
  { ...closed, description: 'The key with its token: keep it now.' },
)

export const RolledKeyAnswer = Type.Object(
  {
    id: Id,
    token: Token,
    predecessor: Type.Object(
      {
        id: Type.String({ format: 'uuid', description: 'the id of the old key' }),
        expires_at: Type.String({ format: 'date-time', description: 'when the old key ends' }),
      },
      { ...closed, description: 'the key that was rolled' },
    ),
  },
  { ...closed, description: 'The new key with its token, and until when the old one goes on.' },
)

export const RevokedKeyAnswer = Type.Object(
  {
    held: orNull(
      Type.Integer(),
      'deliveries that now wait for a release; null where that was not asked for',
    ),
  },
  { ...closed, description: 'The key works no more.' },
)

function signatureBody(kept: string | undefined): Static<typeof KeyBody>['signature'] {
  const key = kept === undefined ? undefined : signatureKeyOf(kept)
  if (!key || kept === undefined) return null
  return { algorithm: key.algorithm, public_key: publicKeyPem(kept) }
}

export function keyBody(key: ApiKeyDetails): Static<typeof KeyBody> {
  const { name, columns, lastUsedAt, lastClient, retiresAt } = key
  const { id, permission, domainId, createdAt, expiresAt, options = {} } = columns
  return {
    id,
    name,
    permission,
    scopes: [...scopesOfKey(columns)],
    domain_id: domainId,
    domain_ids: domainsOf(columns),
    source_cidrs: options.sourceCidrs ?? [],
    hourly_max: options.hourlyMax ?? null,
    streams: options.streams ?? null,
    signature: signatureBody(options.signatureKey),
    canary: options.canary ?? false,
    holds: options.holds ?? false,
    keeps_content: options.keepsContent ?? true,
    created_at: timeText(createdAt),
    expires_at: expiresAt === null ? null : timeText(expiresAt),
    retires_at: retiresAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
    last_used_from: lastClient?.address ?? null,
    last_user_agent: lastClient?.userAgent ?? null,
  }
}
