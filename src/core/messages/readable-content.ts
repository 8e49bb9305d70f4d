/** What there is to read of a message, whether it came in parts or as a whole. */
import PostalMime from 'postal-mime'
import { type PartsContent, unpackContent } from './envelope.ts'

export async function readableContent(packed: Buffer): Promise<PartsContent> {
  const content = unpackContent(packed)
  if (!('raw' in content)) return content
  const { html, text } = await PostalMime.parse(content.raw)
  return { html: html ?? null, text: text ?? null }
}
