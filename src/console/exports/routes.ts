/** Everything of the account, or everything held on one person, as a sealed file: /api/exports. */
import { type Static, Type } from 'typebox'
import { beginExport } from '../../core/exports/begin-export.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, Id, IdParams, Nullable, Text } from '../schemas.ts'
import { sessionOf } from '../session.ts'
import type { RunningExport } from './running-exports.ts'

const NewExport = Type.Object(
  {
    public_key: Type.String({
      maxLength: 100,
      description: 'to which it is sealed: an uncompressed point of P-256 in base64url',
      examples: [
        'BPAkVxGFUDCkzmmCXCDtnOOuDn7uFR5P-1FYyd8Fpb2Vya-3OFWEw0Jm4ZqqVAnX7zHHJkrCXuFc3jO6BeBZ3wM',
      ],
    }),
    address: Type.Optional(
      Type.String({
        maxLength: 400,
        description: 'of the person that it is about; everything of the account when left out',
        examples: ['reader@example.com'],
      }),
    ),
  },
  closed,
)
const Started = Type.Object(
  {
    id: Id('of the export'),
    url: Text('where the file is; it works once, within a minute, in this browser'),
  },
  { ...closed, description: 'It is made while it is fetched.' },
)
const ExportBody = Type.Object(
  {
    id: Id('of the export'),
    kind: Nullable(
      Type.Enum(['account', 'person'], { description: 'of the whole account, or of one person' }),
    ),
    state: Type.Enum(['waiting', 'running', 'done', 'cut'], {
      description: 'waiting to be fetched, being fetched, fetched as a whole, or cut off',
    }),
    messages: Type.Integer({ description: 'messages in it by now' }),
    bytes: Type.Integer({ description: 'of its file by now' }),
  },
  { ...closed, description: 'How far it is.' },
)

export const exportRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/exports',
    config: { scope: 'data:export' },
    schema: {
      operationId: 'startExport',
      summary: 'Begins an export, sealed to the key that is given. Takes a fresh factor.',
      description:
        'Every owner is told of an export of the whole account. `postern export open` opens the file anywhere.',
      body: NewExport,
      response: { 201: Started },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      const { public_key: publicKey, address = null } = request.body
      const one = deps.exports.claim(session.accountId)
      try {
        deps.exports.begin(one, await beginExport(deps, session, { publicKey, address }))
        const { id } = one
        const url = `/preview/${deps.views.add(session.h1, { kind: 'export', exportId: id })}`
        return await reply.code(201).send({ id, url })
      } catch (error) {
        deps.exports.release(one)
        throw error
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/exports/:id',
    config: { scope: 'data:export' },
    schema: {
      operationId: 'getExport',
      summary: 'How far an export is.',
      params: IdParams,
      response: { 200: ExportBody },
    },
    handler: async (request) => {
      const { accountId } = sessionOf(request)
      const found = deps.exports.find(request.params.id, accountId)
      if (!found) throw new Refusal('not_found', 'There is no such export; start it again.')
      return exportBody(found)
    },
  })
}

function exportBody({ id, kind, state, progress }: RunningExport): Static<typeof ExportBody> {
  const { messages, bytes } = progress
  return { id, kind, state, messages, bytes }
}
