/** Who is signed in, as the dashboard is told. */
import { type Static, Type } from 'typebox'
import { readAccount } from '../core/people/account-settings.ts'
import { openTexts, readProfile } from '../core/people/names.ts'
import { findSelf, listFactors } from '../core/people/queries.ts'
import { sealClass } from '../lib/seal.ts'
import type { ConsoleDeps } from './deps.ts'
import type { Session } from './session.ts'
import { signedOut } from './signed-in.ts'

const closed = { additionalProperties: false } as const

export const SessionBody = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'of the session' }),
    user: Type.Object(
      {
        id: Type.String({ format: 'uuid', description: 'of the person' }),
        name: Type.String({ description: 'what the person is called' }),
        email: Type.String({ description: 'the person’s address' }),
        has_password: Type.Boolean({
          description: 'false for who signs in by passkey alone or by single sign-on',
        }),
      },
      closed,
    ),
    account_id: Type.String({ format: 'uuid', description: 'the account this session is in' }),
    accounts: Type.Array(
      Type.Object(
        {
          id: Type.String({ format: 'uuid', description: 'of the account' }),
          name: Type.String({ description: 'of the account' }),
          role: Type.String({ description: 'the person’s role there' }),
        },
        closed,
      ),
      { description: 'every account the person is a member of' },
    ),
    entered: Type.Union(
      [
        Type.Object(
          {
            name: Type.String({ description: 'of the subaccount' }),
            from_id: Type.String({ format: 'uuid', description: 'the account above' }),
          },
          closed,
        ),
        Type.Null(),
      ],
      {
        description:
          'who has entered the account from the one above and is no member of it; null for a member',
      },
    ),
    scopes: Type.Array(Type.String(), { description: 'what the session may do' }),
    enrolling: Type.Boolean({ description: 'whether a second factor must be added first' }),
    factors: Type.Object(
      {
        types: Type.Array(Type.Enum(['totp', 'passkey', 'recovery']), {
          description:
            'the kinds of factors the person has; none: the password is shown instead, or single sign-on is gone through again',
        }),
        passkeys: Type.Array(Type.String(), { description: 'ids of passkeys, base64url' }),
      },
      { ...closed, description: 'what the person can show at `POST /api/step-up`' },
    ),
    stepped_up_at: Type.String({
      format: 'date-time',
      description: 'when a factor was shown last',
    }),
  },
  { ...closed, description: 'Who is signed in, and what they may do.' },
)

export async function selfOf(deps: ConsoleDeps, { h1 }: Pick<Session, 'h1'>) {
  const self = await findSelf(deps.sql, h1)
  if (!self) throw signedOut()
  const { userId, profileSealed, person, accounts } = self
  const [own, ...names] = await openTexts(deps.vault, h1, [
    { owner: userId, blob: profileSealed, kind: sealClass.profile },
    ...accounts.map(({ id, profileSealed: blob }) => ({
      owner: id,
      blob: Buffer.from(blob, 'hex'),
      kind: sealClass.profile,
    })),
  ])
  const profile = readProfile(own ?? null) ?? { name: '', email: '' }
  return {
    ...profile,
    userId,
    hasPassword: person.columns.password !== null,
    accounts: accounts.map(({ id, role }, index) => ({
      id,
      role,
      name: readProfile(names[index] ?? null)?.name ?? '',
    })),
  }
}

/** The name is empty for who may not see it yet. */
async function enteredOf({ people }: ConsoleDeps, { h1, via, scopes }: Session) {
  if (via === null) return null
  const name = scopes.has('members:read') ? (await readAccount(people, { h1 })).name : ''
  return { name, from_id: via }
}

export async function sessionBody(
  deps: ConsoleDeps,
  session: Session,
): Promise<Static<typeof SessionBody>> {
  const [self, rows, entered] = await Promise.all([
    selfOf(deps, session),
    listFactors(deps.sql, session.h1),
    enteredOf(deps, session),
  ])
  const { userId, name, email, hasPassword, accounts } = self
  const factors = rows.map(({ factor: { columns } }) => columns)
  return {
    id: session.sessionId,
    user: { id: userId, name, email, has_password: hasPassword },
    account_id: session.accountId,
    accounts,
    entered,
    scopes: [...session.scopes],
    enrolling: session.enrolling,
    factors: {
      types: [...new Set(factors.map(({ type }) => type))],
      passkeys: factors.flatMap(({ credentialId }) => credentialId ?? []),
    },
    stepped_up_at: new Date(session.steppedUpAt).toISOString(),
  }
}
