/**
 * /preview/…: what a stranger wrote, shown once to who asked. The policy makes a page of it that is of no origin, runs
 * nothing, sends nothing and fetches nothing, but for images where they were asked for.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { openAttachmentOf } from '../core/attachments/attachments-of.ts'
import { inlineImages } from '../core/messages/inline-images.ts'
import { messageSource } from '../core/messages/message-source.ts'
import { readMessage } from '../core/messages/read-message.ts'
import { tokenProof } from '../lib/token.ts'
import { contentDisposition } from '../mail/content-disposition.ts'
import type { ConsoleDeps } from './deps.ts'
import { sendExport } from './exports/send-export.ts'
import type { View } from './one-time-views.ts'
import { sessionCookie } from './signed-in.ts'

const previewBytesMax = 5_000_000

export async function viewPages(app: FastifyInstance, deps: ConsoleDeps): Promise<void> {
  app.get<{ Params: { name: string } }>('/preview/:name', async (request, reply) => {
    const token = request.cookies[sessionCookie]
    const h1 = token === undefined ? undefined : tokenProof(token)
    const view = h1 && deps.views.take(request.params.name, h1)
    if (!view) return gone(reply)
    if (view.kind === 'export') return sendExport(deps, reply, view.exportId) ?? gone(reply)
    const file = await fileOf(deps, h1, view)
    if (!file) return gone(reply)
    reply.headers(policy(view)).removeHeader('x-frame-options')
    reply.removeHeader('cross-origin-opener-policy')
    if (file.name !== undefined) {
      reply.header('content-disposition', contentDisposition(file.name))
    }
    return reply.type(file.type).send(file.bytes)
  })
}

interface ShownFile {
  type: string
  bytes: Buffer
  /** Set for what is downloaded. */
  name?: string
}

async function fileOf(
  deps: ConsoleDeps,
  h1: Buffer,
  view: Exclude<View, { kind: 'export' }>,
): Promise<ShownFile | undefined> {
  const { messageId } = view
  if (view.kind === 'attachment') {
    const found = await openAttachmentOf(deps, h1, { messageId, id: view.attachmentId })
    const name = found?.description.filename ?? ''
    return found && { type: 'application/octet-stream', bytes: found.bytes, name }
  }
  const message = await readMessage(deps, h1, messageId)
  if (!message) return undefined
  if (view.kind === 'source') {
    const source = messageSource(message)
    return source && { type: 'message/rfc822', bytes: source.bytes, name: `${messageId}.eml` }
  }
  const { html } = message.content
  if (html === null) return undefined
  if (Buffer.byteLength(html) > previewBytesMax) {
    const said = 'The HTML is larger than 5 MB; download the source instead.'
    return { type: 'text/plain; charset=utf-8', bytes: Buffer.from(said) }
  }
  const whole = await inlineImages(deps, h1, message)
  return { type: 'text/html; charset=utf-8', bytes: Buffer.from(onGround(whole, view.theme)) }
}

/** Behind the doctype, so that the page stays what its author made it for. */
function onGround(html: string, theme: 'light' | 'dark'): string {
  const ground = `<style>:root{color-scheme:${theme}}</style>`
  const doctype = /^\s*<!doctype[^>]{0,300}>/i.exec(html)?.[0] ?? ''
  return doctype + ground + html.slice(doctype.length)
}

function policy(view: View): Record<string, string> {
  const images = view.kind === 'preview' && view.images ? ' https: http:' : ''
  return {
    'content-security-policy': [
      'sandbox',
      "default-src 'none'",
      `img-src data: cid:${images}`,
      "style-src 'unsafe-inline'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
    ].join('; '),
  }
}

/** The same for what never was, what has ended and what is another's. */
function gone(reply: FastifyReply): FastifyReply {
  return reply
    .code(404)
    .type('text/plain; charset=utf-8')
    .send('This view has ended. Go back to the message and open it again.')
}
