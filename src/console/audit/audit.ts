/** What was done in the account, and who was kept out: /api/audit. */
import { type Static, Type } from 'typebox'
import { actionWords, wordsOf } from '../../core/ledger/action-words.ts'
import { type LineProof, proveLine } from '../../core/ledger/export.ts'
import {
  type NamedLine,
  type Outsider,
  readAudit,
  readOutsiders,
} from '../../core/people/read-audit.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ConsoleRoutes } from '../routes.ts'
import {
  closed,
  Id,
  Instant,
  Limit,
  ListOf,
  Nullable,
  PageQuery,
  pageOf,
  rowsWanted,
  Text,
} from '../schemas.ts'
import { type Session, sessionOf } from '../session.ts'

const LineId = Type.String({ pattern: '^[0-9]{1,18}$', description: 'of the line, a number' })
const Place = Nullable(
  Type.Integer({ description: 'its position in the ledger; null for the first second or so' }),
)

const LineBody = Type.Object(
  {
    id: LineId,
    at: Instant('when it was done'),
    action: Text('what was done, as the ledger calls it'),
    words: Text('what was done, in words that follow the name of who did it'),
    actor: Type.Object(
      {
        kind: Type.Enum(['person', 'key', 'link', 'operator', 'postern'], {
          description: '`postern`: one of its own processes',
        }),
        id: Nullable(Text('of the person, key or link')),
        name: Nullable(Text('of a person who is a member, for who may see members')),
      },
      closed,
    ),
    process: Text('the process that wrote the line'),
    object: Type.Object(
      {
        kind: Text('what it was done to'),
        id: Nullable(Text('of the one thing it was done to')),
        count: Type.Integer({ description: 'to how many things' }),
      },
      closed,
    ),
    position: Place,
  },
  closed,
)

const Query = Type.Object(
  {
    limit: Limit,
    after: Type.Optional(LineId),
    action: Type.Optional(
      Type.String({
        pattern: '^[a-z_]{1,40}(\\.[a-z_]{1,40})?$',
        description: 'a whole action (`member.end`) or the noun of several (`member`)',
      }),
    ),
    actor: Type.Optional(Id('a person, a key or a session')),
    changes_only: Type.Optional(
      Type.Boolean({ description: 'true: without lines of what was only opened to be read' }),
    ),
    from: Type.Optional(
      Type.String({ format: 'date-time', description: 'the earliest time, ISO 8601' }),
    ),
    to: Type.Optional(
      Type.String({ format: 'date-time', description: 'the time before which, ISO 8601' }),
    ),
  },
  closed,
)

const ProofBody = Type.Object(
  {
    line: Text('the line as it was hashed'),
    position: Type.Integer({ description: 'its position in the ledger' }),
    proof: Type.Array(Type.String(), {
      description: 'the hashes beside its way to the root, the deepest first, base64',
    }),
    checkpoint: Type.Object(
      {
        tree_size: Type.Integer({ description: 'how many lines it covers' }),
        root: Text('the root over them, base64'),
        signature: Text('of the authority, base64'),
        signed_at: Instant('when it was signed'),
      },
      { ...closed, description: 'the first one over this line' },
    ),
  },
  { ...closed, description: 'The line with what proves it.' },
)

const OutsiderBody = Type.Object(
  {
    id: Id('of the attempt'),
    at: Instant('when it was'),
    door: Type.Enum(['console', 'api', 'smtp'], { description: 'where it was tried' }),
    credential_id: Nullable(Id('the key or session that was shown')),
    user_id: Nullable(Id('the person whose session it was')),
    name: Nullable(Text('of that person, for who may see members')),
    address: Nullable(Text('where it came from')),
    user_agent: Nullable(Text('what program it said it was')),
  },
  closed,
)

export const auditRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(lineRoutes, deps)
  await app.register(besideRoutes, deps)
}

const lineRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'GET',
    url: '/audit',
    config: { scope: 'audit:read' },
    schema: {
      operationId: 'listAudit',
      summary: 'What was done in the account, newest first.',
      querystring: Query,
      response: { 200: ListOf(LineBody, 'Lines of the ledger, newest first.') },
    },
    handler: async (request) => {
      const { limit, after, action = null, actor = null, changes_only, from, to } = request.query
      const page = { ...(limit === undefined ? {} : { limit }) }
      const lines = await readAudit(people, askingOf(sessionOf(request)), {
        ...{ action, actor, before: after ?? null },
        changesOnly: changes_only === true,
        from: from === undefined ? null : new Date(from),
        to: to === undefined ? null : new Date(to),
        rowLimit: rowsWanted(page).rowLimit,
      })
      return pageOf(lines, page, lineBody)
    },
  })

  app.route({
    method: 'GET',
    url: '/audit/:id/proof',
    config: { scope: 'audit:read' },
    schema: {
      operationId: 'getAuditProof',
      summary: 'That a line stands in the ledger, proved against a signed checkpoint.',
      params: Type.Object({ id: LineId }, closed),
      response: { 200: ProofBody },
    },
    handler: async (request) => {
      const proof = await proveLine(people, sessionOf(request).h1, request.params.id)
      if (proof) return proofBody(proof)
      throw new Refusal('unavailable', 'The line gets its place within a second; ask again then.', {
        retryAfterSeconds: 1,
      })
    },
  })
}

const besideRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'GET',
    url: '/audit/actions',
    config: { scope: 'audit:read' },
    schema: {
      operationId: 'listAuditActions',
      summary: 'Every action that a line may name, in words.',
      response: {
        200: Type.Object(
          {
            data: Type.Array(
              Type.Object({ action: Text('as lines name it'), words: Text('in words') }, closed),
            ),
          },
          { ...closed, description: 'The actions.' },
        ),
      },
    },
    handler: async () => ({
      data: Object.entries(actionWords).map(([action, words]) => ({ action, words })),
    }),
  })

  app.route({
    method: 'GET',
    url: '/audit/refused',
    config: { scope: 'audit:read' },
    schema: {
      operationId: 'listRefusedAttempts',
      summary: 'Who was refused for the network they came from, newest first; kept for 90 days.',
      querystring: PageQuery,
      response: { 200: ListOf(OutsiderBody, 'Refused attempts, newest first.') },
    },
    handler: async (request) => {
      const { after: before, rowLimit } = rowsWanted(request.query)
      const asking = askingOf(sessionOf(request))
      const rows = await readOutsiders(people, asking, { before, rowLimit })
      return pageOf(rows, request.query, outsiderBody)
    },
  })
}

function askingOf(session: Session) {
  return { ...session, seesMembers: session.scopes.has('members:read') }
}

function lineBody(line: NamedLine): Static<typeof LineBody> {
  const { id, at, action, process, objectKind, objectId, objectCount, position } = line
  return {
    id,
    at: at.toISOString(),
    action,
    words: wordsOf(action),
    actor: actorBody(line),
    process,
    object: { kind: objectKind, id: objectId, count: objectCount },
    position: position === null ? null : Number(position),
  }
}

function actorBody({
  actorKind,
  actorId,
  actorUser,
  actorName,
}: NamedLine): Static<typeof LineBody>['actor'] {
  if (actorUser !== null) return { kind: 'person', id: actorUser, name: actorName }
  if (actorKind === 'credential') return { kind: 'key', id: actorId, name: null }
  if (actorKind === 'link') return { kind: 'link', id: actorId, name: null }
  return { kind: actorKind === 'operator' ? 'operator' : 'postern', id: null, name: null }
}

function proofBody({ line, position, path, checkpoint }: LineProof): Static<typeof ProofBody> {
  const { treeSize, root, signature, at } = checkpoint
  return {
    line,
    position,
    proof: path.map((hash) => hash.toString('base64')),
    checkpoint: {
      tree_size: treeSize,
      root: root.toString('base64'),
      signature: signature.toString('base64'),
      signed_at: at.toISOString(),
    },
  }
}

function outsiderBody(row: Outsider): Static<typeof OutsiderBody> {
  const { id, at, door, credentialId, userId, name, client } = row
  return {
    id,
    at: at.toISOString(),
    door,
    credential_id: credentialId,
    user_id: userId,
    name,
    address: client?.address ?? null,
    user_agent: client?.userAgent ?? null,
  }
}
