/** Addresses under which the HTML, an attachment or the source of a message is shown once. */
import { Type } from 'typebox'
import { listAttachmentRows } from '../../core/attachments/queries.ts'
import { followMessages } from '../../core/messages/search-queries.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ConsoleDeps } from '../deps.ts'
import { closed, IdParams } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { Id, Text } from '../schemas.ts'
import { type Session, sessionOf } from '../session.ts'
import { noMessage } from './message.ts'

const View = Type.Object(
  { url: Text('a path of this console; it works once, within a minute, in this browser') },
  { ...closed, description: 'Where it is shown.' },
)
const PreviewBody = Type.Object(
  {
    images: Type.Boolean({
      description: 'whether images are fetched from elsewhere, which tells their owner of it',
    }),
    theme: Type.Enum(['light', 'dark'], { description: 'what the HTML stands on' }),
  },
  closed,
)
const AttachmentParams = Type.Object(
  { id: Id('of the message'), attachment_id: Id('of the attachment') },
  closed,
)

export const viewRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/emails/:id/preview',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'previewEmail',
      summary: 'An address that shows the HTML of a message.',
      params: IdParams,
      body: PreviewBody,
      response: { 200: View },
    },
    handler: async (request) => {
      const { id } = request.params
      const session = sessionOf(request)
      await demandMessage(deps, session, id)
      const { images, theme } = request.body
      const view = { kind: 'preview', messageId: id, images, theme } as const
      return { url: `/preview/${deps.views.add(session.h1, view)}` }
    },
  })

  app.route({
    method: 'POST',
    url: '/emails/:id/source',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'downloadEmail',
      summary: 'An address that downloads the source of a message.',
      params: IdParams,
      response: { 200: View },
    },
    handler: async (request) => {
      const { id } = request.params
      const session = sessionOf(request)
      await demandMessage(deps, session, id)
      return { url: `/preview/${deps.views.add(session.h1, { kind: 'source', messageId: id })}` }
    },
  })

  app.route({
    method: 'POST',
    url: '/emails/:id/attachments/:attachment_id/download',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'downloadAttachment',
      summary: 'An address that downloads an attachment.',
      params: AttachmentParams,
      response: { 200: View },
    },
    handler: async (request) => {
      const { id: messageId, attachment_id: attachmentId } = request.params
      const { h1 } = sessionOf(request)
      const found = await listAttachmentRows(deps.sql, h1, messageId)
      // What stands within a whole message is looked for when it is opened.
      const isThere =
        found &&
        ('without' in found ||
          found.rows.some(({ id, state }) => id === attachmentId && state === 'stored'))
      if (!isThere) {
        throw new Refusal('not_found', 'There is no such attachment in this account.')
      }
      const view = { kind: 'attachment', messageId, attachmentId } as const
      return { url: `/preview/${deps.views.add(h1, view)}` }
    },
  })
}

/** Asked without opening anything. */
async function demandMessage(deps: ConsoleDeps, { h1 }: Session, id: string): Promise<void> {
  const found = await followMessages(deps.sql, h1, [id])
  if (found.length === 0) throw noMessage()
}
