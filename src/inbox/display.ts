/** What the inbox shows of a stored message: its parts, its header, its source. */
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { displayLimits, summaryLimits } from './limits.ts'
import type { StoredMessage } from './record.ts'

export interface Display {
  html: string | null
  text: string | null
  headers: { name: string; value: string }[]
  attachments: { filename: string | null; contentType: string; sizeBytes: number }[]
  /** Web addresses the HTML links to; in the sandbox they cannot be followed. */
  links: string[]
  source: string
  isSourceCut: boolean
  /** Says why something is missing. */
  note: string | null
}

const noParts = { html: null, text: null, attachments: [], links: [] }

export async function displayMessage({ source }: StoredMessage): Promise<Display> {
  const shown = {
    source: source.toString('utf8', 0, displayLimits.sourceBytesMax),
    isSourceCut: source.length > displayLimits.sourceBytesMax,
  }
  if (source.length > displayLimits.parsedBytesMax) {
    const header = await tryParse(source.subarray(0, endOfHeader(source)))
    return {
      ...noParts,
      ...shown,
      headers: headersOf(header),
      note: 'Too large to be taken apart.',
    }
  }
  const email = await tryParse(source)
  if (!email) {
    return { ...noParts, ...shown, headers: [], note: 'Its MIME structure cannot be read.' }
  }
  return {
    ...shown,
    html: email.html ?? null,
    text: email.text ?? null,
    headers: headersOf(email),
    attachments: email.attachments.map(describeAttachment),
    links: linksOf(email.html ?? ''),
    note: null,
  }
}

/**
 * The HTML as the sandboxed frame gets it: inline images (RFC 2392) are put in place, nothing is
 * fetched.
 */
export async function displayHtml({ source }: StoredMessage): Promise<string | null> {
  if (source.length > displayLimits.parsedBytesMax) return null
  const email = await tryParse(source)
  if (email?.html === undefined) return null
  let { html } = email
  for (const { contentId, mimeType, content } of email.attachments) {
    const id = contentId?.replace(/^<|>$/g, '')
    if (!id || !mimeType.startsWith('image/') || !html.includes(`cid:${id}`)) continue
    const image = `data:${mimeType};base64,${bytesOf(content).toString('base64')}`
    // Once only: a small image named a thousand times must not become a large page.
    html = html.replace(`cid:${id}`, () => image)
  }
  return html
}

/** What somebody sent may be beyond any parser; that is shown, not thrown. */
async function tryParse(source: Buffer): Promise<Email | null> {
  try {
    return await PostalMime.parse(source, { maxNestingDepth: 50 })
  } catch {
    return null
  }
}

function endOfHeader(source: Buffer): number {
  const at = source.subarray(0, summaryLimits.headerBytesMax).indexOf('\r\n\r\n')
  return at < 0 ? summaryLimits.headerBytesMax : at + 4
}

function headersOf(email: Email | null): Display['headers'] {
  return email?.headers.map(({ originalKey, value }) => ({ name: originalKey, value })) ?? []
}

function describeAttachment(attachment: Attachment): Display['attachments'][number] {
  const { filename, mimeType, content } = attachment
  return { filename, contentType: mimeType, sizeBytes: bytesOf(content).length }
}

function bytesOf(content: Attachment['content']): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof ArrayBuffer ? Buffer.from(content) : Buffer.from(content)
}

function linksOf(html: string): string[] {
  const links = new Set<string>()
  for (const [, address = ''] of html.matchAll(
    /\shref\s*=\s*["']?(https?:\/\/[^"'\s>]{1,2000})/gi,
  )) {
    links.add(address.replaceAll('&amp;', '&'))
    if (links.size >= displayLimits.linksMax) break
  }
  return [...links]
}
