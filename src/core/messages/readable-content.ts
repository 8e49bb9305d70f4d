/** What there is to read of a message, whether it came in parts or as a whole. */
import { readableParts } from '../../mail/readable-parts.ts'
import { type Content, type PartsContent, unpackContent } from './envelope.ts'

export function readableContent(packed: Buffer): PartsContent {
  return readable(unpackContent(packed))
}

export function readable(content: Content): PartsContent {
  return 'raw' in content ? readableParts(content.raw) : content
}
