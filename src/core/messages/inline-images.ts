/** HTML whose `cid:` images stand in it as they are, so that nothing has to be fetched to see them. */
import { listAttachments } from '../attachments/list-attachments.ts'
import { readAttachment } from '../attachments/read-attachment.ts'

const imageTypes = /^image\/(png|jpeg|gif|webp)\b/i
/** Of all together; what is beyond is left out. */
const bytesMax = 5_000_000

export async function inlineImages(
  deps: Parameters<typeof listAttachments>[0],
  { h1, messageId }: { h1: Buffer; messageId: string },
  html: string,
): Promise<string> {
  const listed = (await listAttachments(deps, h1, messageId)) ?? []
  let shown = html
  let room = bytesMax
  for (const { id, state, sizeBytes, description } of listed) {
    const { contentId, contentType } = description
    const type = imageTypes.exec(contentType)?.[0]
    if (state !== 'stored' || contentId === null || type === undefined || sizeBytes > room) continue
    if (!html.includes(`cid:${contentId}`)) continue
    const found = await readAttachment(deps, h1, { messageId, id })
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
