/** Who was invited and has not come yet: /api/invitations. */
import { type Static, Type } from 'typebox'
import { inviteAgain, inviteByMail } from '../../core/people/invitations.ts'
import { type Invitation, readInvitations, revokeInvitation } from '../../core/people/members.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, Id, IdParams, Instant, NoContent, Text } from '../schemas.ts'
import { sessionOf } from '../session.ts'
import { CustomScopes, RoleFields, RoleName, readRole } from './role-fields.ts'

const InvitationBody = Type.Object(
  {
    id: Id('of the invitation'),
    email: Text('the address it was sent to'),
    role: RoleName,
    scopes: CustomScopes,
    created_at: Instant('when it was sent'),
    expires_at: Instant('until when it can be taken up'),
  },
  closed,
)

const InvitationList = Type.Object(
  { data: Type.Array(InvitationBody, { description: 'newest first' }) },
  { ...closed, description: 'Every invitation that may still be taken up, at most 1,000.' },
)

const Sent = Type.Object(
  { id: Id('of the invitation') },
  { ...closed, description: 'The invitation is on its way.' },
)

export const invitationRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(listRoutes, deps)
  await app.register(sendingRoutes, deps)
}

const listRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'GET',
    url: '/invitations',
    config: { scope: 'members:read' },
    schema: {
      operationId: 'listInvitations',
      summary: 'Invitations that nobody has taken up yet.',
      response: { 200: InvitationList },
    },
    handler: async (request) => {
      const invitations = await readInvitations(people, sessionOf(request))
      return { data: invitations.map(invitationBody) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/invitations/:id',
    config: { scope: 'members:write' },
    schema: {
      operationId: 'revokeInvitation',
      summary: 'Takes an invitation back: its link is dead.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await revokeInvitation(people, sessionOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  })
}

const sendingRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/invitations',
    config: { scope: 'members:write' },
    schema: {
      operationId: 'invite',
      summary: 'Invites somebody by mail, for seven days.',
      body: Type.Object(
        {
          email: Type.String({ maxLength: 320, description: 'the person’s address' }),
          ...RoleFields,
        },
        closed,
      ),
      response: { 201: Sent },
    },
    handler: async (request, reply) => {
      const { email, ...role } = request.body
      const wanted = { email, ...readRole(role) }
      const id = await inviteByMail(deps, sessionOf(request), wanted)
      return reply.code(201).send({ id })
    },
  })

  app.route({
    method: 'POST',
    url: '/invitations/:id/resend',
    config: { scope: 'members:write' },
    schema: {
      operationId: 'resendInvitation',
      summary: 'Sends an invitation again with a new link; the old link is dead.',
      params: IdParams,
      response: { 201: Sent },
    },
    handler: async (request, reply) => {
      const id = await inviteAgain(deps, sessionOf(request), request.params.id)
      return reply.code(201).send({ id })
    },
  })
}

function invitationBody(invitation: Invitation): Static<typeof InvitationBody> {
  const { id, email, role, scopes, createdAt, expiresAt } = invitation
  return {
    ...{ id, email, role, scopes },
    created_at: createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
  }
}
