/** What is opened by a link in the Resend dialect: attachments of a message, and the message itself when it is shared. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import {
  type ListAttachmentsDeps,
  type ListedAttachment,
  listAttachments,
} from '../../core/attachments/list-attachments.ts'
import { createLinks, type MadeLink } from '../../core/links/create-links.ts'
import { Refusal } from '../../lib/refusal.ts'
import { isUuid } from '../../lib/uuid.ts'
import { BodyGate } from '../body-gate.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { limitMax, PageQuery, readId, readPage } from './pagination.ts'
import { type DialectApp, ErrorAnswer, exampleIds, IdParams, Nullable } from './schemas.ts'

const downloadMs = 3600 * 1000
const daySeconds = 24 * 3600
const shareSecondsDefault = 7 * daySeconds
const shareSecondsMin = 60
const shareSecondsMax = 30 * daySeconds
const shareRule =
  'a time from 1 minute to 30 days: a number of seconds, or for example `30 minutes`, `12h` or `7 days`'
const durationForm = /^(\d{1,7}) ?(?:(s|seconds?)|(m|min|minutes?)|(h|hours?)|(d|days?))?$/i

const attachmentExample = {
  id: exampleIds.attachment,
  filename: 'invoice.pdf',
  size: 48_213,
  content_type: 'application/pdf',
  content_disposition: 'attachment',
  download_url: 'https://mail.example.org/download/1IHTNQDrGZqgMmVQ4VYXp0AZ7OVgkWZnS0u1yRXx8Gk',
  expires_at: '2026-03-02T10:15:00.000Z',
}

/** One whole message of full size of an account, and two of all; each stands in memory some five times while it is read. */
const gateLimits = { bytesMax: 96_000_000, largeBytesMax: 88_000_000, accountBytesMax: 44_000_000 }

interface ReadingDeps extends ApiDeps {
  admit: ListAttachmentsDeps['admit']
}

const AttachmentBody = Type.Object({
  id: Type.String({ description: 'the id of the attachment, a UUID' }),
  filename: Type.String({ description: 'the name of the file' }),
  size: Type.Integer({ description: 'its bytes; 0 while it is still to be fetched' }),
  content_type: Type.String({ description: 'its media type' }),
  content_disposition: Type.String({
    description: '`attachment`, or `inline` when it is shown within the message',
  }),
  content_id: Type.Optional(
    Type.String({ description: 'what `cid:` in the HTML refers to; not there without one' }),
  ),
  download_url: Nullable(Type.String(), {
    description: 'where it can be downloaded without a key; null while it is not here',
  }),
  expires_at: Nullable(Type.String(), {
    description: 'until when it can be downloaded, ISO 8601 in UTC; null without a link',
  }),
})

const AttachmentAnswer = Type.Object(
  {
    object: Type.Literal('attachment', { description: 'always `attachment`' }),
    ...AttachmentBody.properties,
  },
  {
    description: 'The attachment.',
    examples: [{ object: 'attachment', ...attachmentExample }],
  },
)

const AttachmentList = Type.Object(
  {
    object: Type.Literal('list', { description: 'always `list`' }),
    has_more: Type.Boolean({ description: 'whether there are more behind these' }),
    data: Type.Array(AttachmentBody, { description: 'in the order of the message' }),
  },
  {
    description: 'The attachments in the order of the message.',
    examples: [{ object: 'list', has_more: false, data: [attachmentExample] }],
  },
)

const AttachmentParams = Type.Object({
  id: Type.String({ description: 'the id of the email' }),
  attachmentId: Type.String({ description: 'the id of the attachment' }),
})

const ShareWish = Type.Union(
  [
    Type.Object({
      expires_in: Type.Optional(
        Type.Union([Type.Integer(), Type.String(), Type.Null()], { description: shareRule }),
      ),
    }),
    Type.Null(),
  ],
  { description: 'a JSON object, or no body', examples: [{ expires_in: '7 days' }] },
)

const SharedEmail = Type.Object(
  {
    object: Type.Literal('email', { description: 'always `email`' }),
    id: Type.String({ description: 'the id of the email' }),
    url: Type.String({ description: 'where whoever has it can read the email' }),
  },
  {
    description: 'The link to the message.',
    examples: [
      {
        object: 'email',
        id: exampleIds.message,
        url: 'https://mail.example.org/shared/1IHTNQDrGZqgMmVQ4VYXp0AZ7OVgkWZnS0u1yRXx8Gk',
      },
    ],
  },
)

export const emailLinkRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  const reading = { ...deps, admit: admitTo(new BodyGate(gateLimits)) }
  listEmailAttachments(app, reading)
  getEmailAttachment(app, reading)
  shareEmail(app, deps)
}

/** What must be read to list what stands within a whole message. */
function admitTo(gate: BodyGate): ReadingDeps['admit'] {
  return (accountId, bytes) => {
    const leave = gate.enter(accountId, bytes)
    if (leave) return leave
    throw new Refusal(
      'unavailable',
      'Too many large messages are being read at this moment; try again in some seconds.',
      { retryAfterSeconds: 2 },
    )
  }
}

function listEmailAttachments(app: DialectApp, deps: ReadingDeps): void {
  app.route({
    method: 'GET',
    url: '/emails/:id/attachments',
    config: { scope: 'emails:read', documented: { query: PageQuery } },
    schema: {
      operationId: 'listEmailAttachments',
      summary: 'List the attachments of a message',
      description: 'Each with a link that needs no key and ends soon.',
      params: IdParams,
      response: { 200: AttachmentList, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const messageId = readId(request.params)
      const page = readPage(request.query, limitMax)
      const all = await listOrRefuse(request, deps, messageId)
      const first = page.after === null ? 0 : all.findIndex(({ id }) => id === page.after) + 1
      const end = page.before === null ? all.length : all.findIndex(({ id }) => id === page.before)
      const within = all.slice(first, Math.max(end, 0))
      const shown = page.before === null ? within.slice(0, page.limit) : within.slice(-page.limit)
      const data = await attachmentBodies(request, deps, { messageId, attachments: shown })
      return { object: 'list' as const, has_more: within.length > shown.length, data }
    },
  })
}

function getEmailAttachment(app: DialectApp, deps: ReadingDeps): void {
  app.route({
    method: 'GET',
    url: '/emails/:id/attachments/:attachmentId',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'getEmailAttachment',
      summary: 'Read about an attachment',
      description: 'With a link to download it that needs no key and ends soon.',
      params: AttachmentParams,
      response: { 200: AttachmentAnswer, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const { id, attachmentId } = request.params
      if (!isUuid(attachmentId)) {
        throw new Refusal(
          'invalid_parameter',
          'The id of the attachment must be a valid UUID; GET /emails/:id/attachments lists them.',
        )
      }
      const messageId = readId({ id })
      const all = await listOrRefuse(request, deps, messageId)
      const attachments = all.filter((each) => each.id === attachmentId.toLowerCase())
      const [body] = await attachmentBodies(request, deps, { messageId, attachments })
      if (!body) throw new Refusal('not_found', 'Attachment not found')
      return { object: 'attachment' as const, ...body }
    },
  })
}

function shareEmail(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/emails/:id/share',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'shareEmail',
      summary: 'Share a message',
      description: 'Makes a link under which whoever has it can read the message, for a while.',
      params: IdParams,
      body: ShareWish,
      response: { 200: SharedEmail, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const id = readId(request.params)
      const seconds = readSeconds(request.body?.expires_in)
      const [link] = await createLinks(deps, senderOf(request).h1, {
        targets: [{ messageId: id, attachmentId: null }],
        lifetimeMs: seconds * 1000,
      })
      if (!link) throw new Error('no link was made for a target')
      return { object: 'email' as const, id, url: linkUrl(request, deps, `shared/${link.token}`) }
    },
  })
}

function readSeconds(wish: number | string | null | undefined): number {
  if (wish === null || wish === undefined) return shareSecondsDefault
  const [, amount, , minutes, hours, days] = durationForm.exec(String(wish)) ?? []
  const unit = minutes ? 60 : hours ? 3600 : days ? daySeconds : 1
  const seconds = Number(amount) * unit
  if (seconds >= shareSecondsMin && seconds <= shareSecondsMax) return seconds
  throw new Refusal('invalid_input', `The \`expires_in\` field must be ${shareRule}.`)
}

async function listOrRefuse(
  request: FastifyRequest,
  deps: ReadingDeps,
  messageId: string,
): Promise<ListedAttachment[]> {
  const all = await listAttachments(deps, senderOf(request).h1, messageId)
  if (!all) throw new Refusal('not_found', 'Email not found')
  return all
}

async function attachmentBodies(
  request: FastifyRequest,
  deps: ApiDeps,
  { messageId, attachments }: { messageId: string; attachments: readonly ListedAttachment[] },
): Promise<Static<typeof AttachmentBody>[]> {
  const here = attachments.filter(({ state }) => state === 'stored')
  const links = await createLinks(deps, senderOf(request).h1, {
    targets: here.map(({ id, isInner }) => ({ messageId, attachmentId: id, isInner })),
    lifetimeMs: downloadMs,
  })
  const linkOf = new Map(here.map(({ id }, index) => [id, links[index]]))
  return attachments.map((one) => {
    const link = linkOf.get(one.id)
    return attachmentBody(
      one,
      link && { ...link, url: linkUrl(request, deps, `download/${link.token}`) },
    )
  })
}

function attachmentBody(
  { id, sizeBytes, description }: ListedAttachment,
  link: (MadeLink & { url: string }) | undefined,
): Static<typeof AttachmentBody> {
  const { filename, contentType, contentId, disposition } = description
  return {
    id,
    filename,
    size: sizeBytes,
    content_type: contentType,
    content_disposition: disposition,
    ...(contentId !== null && { content_id: contentId }),
    download_url: link?.url ?? null,
    expires_at: link?.expiresAt.toISOString() ?? null,
  }
}

/** Only the asker reads what their own Host header made. */
function linkUrl(request: FastifyRequest, { publicUrl }: ApiDeps, path: string): string {
  return `${publicUrl ?? `${request.protocol}://${request.host}`}/${path}`
}
