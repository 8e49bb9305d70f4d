/** The id of an attachment within a whole message: of a kind of its own (UUID version 8, RFC 9562 §5.8), and the same each time. */
import { createHash } from 'node:crypto'
import { uuidBytes, uuidFromBytes } from '../../lib/uuid.ts'

export function innerAttachmentId(messageId: string, section: string): string {
  const hash = createHash('sha256').update('postern inner attachment 1\0')
  const bytes = hash.update(uuidBytes(messageId)).update(section).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return uuidFromBytes(bytes)
}
