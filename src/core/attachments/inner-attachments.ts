/** The attachments within a whole message, by their ids. They have no rows: each look reads the message anew. */
import { type InnerAttachment, innerAttachments } from '../../mail/inner-attachments.ts'
import { unpackContent } from '../messages/envelope.ts'
import type { AttachmentDescription } from './description.ts'
import { innerAttachmentId } from './inner-id.ts'

/** In the order of the message; none for one that came in parts. */
export function innerAttachmentsOf(
  messageId: string,
  packed: Buffer,
): Map<string, InnerAttachment> {
  const content = unpackContent(packed)
  const found = 'raw' in content ? innerAttachments(content.raw) : []
  return new Map(found.map((one) => [innerAttachmentId(messageId, one.section), one]))
}

export function describeInner(attachment: InnerAttachment): AttachmentDescription {
  const { filename, contentType, contentId, disposition } = attachment
  return { filename, contentType, contentId, disposition }
}
