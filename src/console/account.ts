/** What the account is called and what it demands of who comes in: /api/account. */
import { type Static, Type } from 'typebox'
import { idleKeyDaysMax, idleKeyDaysMin, idleNoticeDays } from '../core/credentials/idle-days.ts'
import {
  type AccountSettings,
  changePolicy,
  nameAccount,
  networksMax,
  readAccount,
} from '../core/people/account-settings.ts'
import type { ConsoleRoutes } from './routes.ts'
import { closed, Id, Instant, NoContent, Nullable, Text } from './schemas.ts'
import { sessionOf } from './session.ts'

const networks = (door: string) =>
  Type.Array(Type.String({ maxLength: 64 }), {
    maxItems: networksMax,
    description: `networks as 203.0.113.0/24 or 2001:db8::/32 that ${door} lets in; none: all`,
  })

const Networks = Type.Object(
  { console: networks('the dashboard'), api: networks('the API'), smtp: networks('SMTP') },
  closed,
)

const requiresFactor = Type.Boolean({
  description: 'whether every member needs a second factor, not owners only',
})

const IdleKeyDays = Nullable(
  Type.Integer({
    minimum: idleKeyDaysMin,
    maximum: idleKeyDaysMax,
    description: `a whole number of days from ${idleKeyDaysMin} to ${idleKeyDaysMax}, after which a key that nobody has used ends; its owners are told ${idleNoticeDays} days before; null: none does`,
  }),
)

const AccountBody = Type.Object(
  {
    id: Id('of the account'),
    name: Text('what the account is called'),
    created_at: Instant('when it was made'),
    state: Type.Enum(['active', 'blocked', 'suspended', 'closing', 'closed'], {
      description:
        'nothing is sent unless it is active: blocked by the operator, suspended by the account above, closing by its owner',
    }),
    closes_at: Nullable(Instant('when it is closed for good; null unless it is closing')),
    blocked_for: Nullable(Text('the operator’s reason for blocking')),
    parent_id: Nullable(
      Id('of the account above, whose owners and admins can enter this one; null: there is none'),
    ),
    requires_factor: requiresFactor,
    networks: Networks,
    idle_key_days: IdleKeyDays,
    your_address: Text('where this request came from'),
    retention_days: Type.Integer({
      description: 'for how many days messages and logs are kept; the operator sets it',
    }),
  },
  { ...closed, description: 'The account of this session.' },
)

export const accountRoutes: ConsoleRoutes = async (app, { people, retentionDays }) => {
  app.route({
    method: 'GET',
    url: '/account',
    config: { scope: 'members:read' },
    schema: {
      operationId: 'getAccount',
      summary: 'The account with its policies.',
      response: { 200: AccountBody },
    },
    handler: async (request) => {
      const account = await readAccount(people, sessionOf(request))
      return accountBody(account, { address: request.ip, retentionDays })
    },
  })

  app.route({
    method: 'PATCH',
    url: '/account',
    config: { scope: 'account:write' },
    schema: {
      operationId: 'renameAccount',
      summary: 'Gives the account another name.',
      body: Type.Object(
        { name: Type.String({ maxLength: 200, description: 'what the account is called' }) },
        closed,
      ),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await nameAccount(people, sessionOf(request), request.body.name)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'PUT',
    url: '/account/policy',
    config: { scope: 'account:write' },
    schema: {
      operationId: 'setPolicy',
      summary: 'Says what the account demands of who comes in. All owners are told.',
      body: Type.Object(
        {
          requires_factor: requiresFactor,
          networks: Networks,
          idle_key_days: Type.Optional(IdleKeyDays),
          confirm: Type.Optional(
            Type.Boolean({ description: 'true to shut out the address that asks as well' }),
          ),
        },
        closed,
      ),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { requires_factor: requires, networks: wanted, confirm = false } = request.body
      const { idle_key_days: idleKeyDays = null } = request.body
      const policy = { requiresFactor: requires, networks: wanted, idleKeyDays }
      await changePolicy(people, sessionOf(request), { policy, address: request.ip, confirm })
      return reply.code(204).send(null)
    },
  })
}

function accountBody(
  { id, name, createdAt, state }: AccountSettings,
  { address, retentionDays }: { address: string; retentionDays: number },
): Static<typeof AccountBody> {
  const { networks: lists = {}, requiresFactor: requires = false, closesAt } = state.options ?? {}
  const { idleKeyDays = null } = state.options ?? {}
  return {
    id,
    name,
    created_at: createdAt.toISOString(),
    state: state.state,
    closes_at: closesAt === undefined ? null : new Date(closesAt).toISOString(),
    blocked_for: state.reason,
    parent_id: state.options?.parentId ?? null,
    requires_factor: requires,
    networks: { console: lists.console ?? [], api: lists.api ?? [], smtp: lists.smtp ?? [] },
    idle_key_days: idleKeyDays,
    your_address: address,
    retention_days: retentionDays,
  }
}
