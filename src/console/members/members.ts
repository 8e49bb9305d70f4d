/** Who belongs to the account: /api/members, and what the roles mean: /api/roles. */
import { type Static, Type } from 'typebox'
import { roles, scopes, scopesOfRole, scopeWords } from '../../core/access/scopes.ts'
import { type MemberImpact, readMemberImpact } from '../../core/people/member-impact.ts'
import { changeMember, type Member, readMembers, removeMember } from '../../core/people/members.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, Id, IdParams, Instant, NoContent, Nullable, Text } from '../schemas.ts'
import { sessionOf } from '../session.ts'
import { CustomScopes, RoleFields, RoleName, readRole, ScopeName } from './role-fields.ts'
import { roleWords } from './role-words.ts'

const MemberBody = Type.Object(
  {
    id: Id('of the membership'),
    user_id: Id('of the person'),
    name: Text('what the person is called'),
    email: Text('the person’s address'),
    role: RoleName,
    scopes: CustomScopes,
    factors: Type.Integer({ description: 'how many second factors the person has' }),
    joined_at: Instant('when the person became a member'),
    last_sign_in_at: Nullable(Instant('when the person last signed in here')),
    is_self: Type.Boolean({ description: 'whether it is who asks' }),
  },
  closed,
)

const MemberList = Type.Object(
  { data: Type.Array(MemberBody, { description: 'oldest first' }) },
  { ...closed, description: 'Every member of the account, at most 1,000.' },
)

const ImpactBody = Type.Object(
  {
    sessions: Type.Integer({ description: 'sessions in this account that would end' }),
    keys: Type.Array(
      Type.Object(
        {
          id: Id('of the key'),
          name: Text('what the key is called'),
          created_at: Instant('when it was made'),
          last_used_at: Nullable(Instant('when it was used last')),
        },
        closed,
      ),
      {
        description:
          'live API keys that the member made, at most 200, as far as the sessions they were made in are on record (90 days). They go on working',
      },
    ),
  },
  { ...closed, description: 'What the removal of the member touches.' },
)

const RoleList = Type.Object(
  {
    roles: Type.Array(
      Type.Object(
        {
          role: RoleName,
          summary: Text('the role in a sentence'),
          scopes: Type.Array(ScopeName, { description: 'what it may do; empty for `custom`' }),
        },
        closed,
      ),
    ),
    scopes: Type.Array(
      Type.Object({ scope: ScopeName, summary: Text('the scope in a sentence') }, closed),
    ),
  },
  { ...closed, description: 'The roles, and everything that may be done.' },
)

export const memberRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(lookingRoutes, deps)
  await app.register(changingRoutes, deps)
}

const lookingRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'GET',
    url: '/roles',
    config: { scope: 'members:read' },
    schema: {
      operationId: 'listRoles',
      summary: 'What each role may do.',
      response: { 200: RoleList },
    },
    handler: async () => ({
      roles: roles.map((role) => ({
        role,
        summary: roleWords[role],
        scopes: scopesOfRole(role, null),
      })),
      scopes: scopes.map((scope) => ({ scope, summary: scopeWords[scope] })),
    }),
  })

  app.route({
    method: 'GET',
    url: '/members',
    config: { scope: 'members:read' },
    schema: {
      operationId: 'listMembers',
      summary: 'The members of the account.',
      response: { 200: MemberList },
    },
    handler: async (request) => {
      const session = sessionOf(request)
      const members = await readMembers(people, session)
      return { data: members.map((member) => memberBody(member, session.userId)) }
    },
  })

  app.route({
    method: 'GET',
    url: '/members/:id/impact',
    config: { scope: 'members:read' },
    schema: {
      operationId: 'getMemberImpact',
      summary: 'What the removal of a member would touch.',
      params: IdParams,
      response: { 200: ImpactBody },
    },
    handler: async (request) => {
      const impact = await readMemberImpact(people, sessionOf(request), request.params.id)
      if (!impact) throw new Refusal('not_found', 'There is no such member in this account.')
      return impactBody(impact)
    },
  })
}

const changingRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'PATCH',
    url: '/members/:id',
    config: { scope: 'members:write' },
    schema: {
      operationId: 'changeMember',
      summary: 'Gives a member another role. Their sessions in the account end.',
      params: IdParams,
      body: Type.Object(RoleFields, closed),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const wanted = { memberId: request.params.id, ...readRole(request.body) }
      await changeMember(people, sessionOf(request), wanted)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/members/:id',
    config: { scope: 'members:write' },
    schema: {
      operationId: 'removeMember',
      summary: 'Removes a member. Their sessions in the account end; keys they made go on working.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await removeMember(people, sessionOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  })
}

function memberBody(member: Member, ownUserId: string): Static<typeof MemberBody> {
  const { id, userId, name, email, role, scopes: custom, factors, joinedAt, lastSignInAt } = member
  return {
    ...{ id, user_id: userId, name, email, role, scopes: custom, factors },
    joined_at: joinedAt.toISOString(),
    last_sign_in_at: lastSignInAt?.toISOString() ?? null,
    is_self: userId === ownUserId,
  }
}

function impactBody({ sessions, keys }: MemberImpact): Static<typeof ImpactBody> {
  return {
    sessions,
    keys: keys.map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      created_at: createdAt.toISOString(),
      last_used_at: lastUsedAt?.toISOString() ?? null,
    })),
  }
}
