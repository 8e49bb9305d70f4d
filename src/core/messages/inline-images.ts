/** HTML whose `cid:` images stand in it as they are, so that nothing has to be fetched to see them. */
import { attachmentsOf, openAttachmentOf } from '../attachments/attachments-of.ts'
import type { Message } from './read-message.ts'

const imageTypes = /^image\/(png|jpeg|gif|webp)\b/i
/** Of all together; what is beyond is left out. */
const bytesMax = 5_000_000

export async function inlineImages(
  deps: Parameters<typeof attachmentsOf>[0],
  h1: Buffer,
  message: Message,
): Promise<string> {
  const html = message.content.html ?? ''
  if (!html.includes('cid:')) return html
  let shown = html
  let room = bytesMax
  for (const { id, state, sizeBytes, description } of await attachmentsOf(deps, h1, message)) {
    const { contentId, contentType } = description
    const type = imageTypes.exec(contentType)?.[0]
    if (state !== 'stored' || contentId === null || type === undefined || sizeBytes > room) continue
    if (!html.includes(`cid:${contentId}`)) continue
    const found = await openAttachmentOf(deps, h1, { messageId: message.id, id })
    if (!found) continue
    room -= sizeBytes
    const quoted = new RegExp(`(["'(])cid:${escaped(contentId)}(?=["')])`, 'g')
    const data = `data:${type.toLowerCase()};base64,${found.bytes.toString('base64')}`
    shown = shown.replace(quoted, (_, before: string) => `${before}${data}`)
  }
  return shown
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
