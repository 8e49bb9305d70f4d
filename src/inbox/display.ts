/** What the inbox shows of a stored message: its parts, its header, its source. */
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { readTags } from './html-tags.ts'
import { checkLimits, displayLimits, summaryLimits } from './limits.ts'
import { linksInHtml } from './links.ts'
import type { StoredMessage } from './record.ts'

export interface DescribedAttachment {
  filename: string | null
  contentType: string
  sizeBytes: number
  /** The HTML shows it in place (RFC 2392). */
  isInline: boolean
}

export interface Display {
  html: string | null
  text: string | null
  headers: { name: string; value: string }[]
  attachments: DescribedAttachment[]
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
    attachments: email.attachments.map((one) => describeAttachment(one, email.html ?? '')),
    links: webAddressesOf(email.html ?? ''),
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
  const images = inlineImages(email.attachments)
  if (images.size === 0) return email.html
  let added = 0
  return email.html.replaceAll(reference, (whole, id: string) => {
    const image = images.get(decoded(id))
    // A small image named a thousand times must not become a large page.
    added += image?.length ?? 0
    return image === undefined || added > displayLimits.inlineBytesMax ? whole : image
  })
}

export interface AttachedFile {
  filename: string | null
  bytes: Buffer
}

/** One attachment by its place in the list; null when there is none. */
export async function displayAttachment(
  { source }: StoredMessage,
  index: number,
): Promise<AttachedFile | null> {
  if (source.length > displayLimits.parsedBytesMax) return null
  const attachment = (await tryParse(source))?.attachments[index]
  if (!attachment) return null
  return { filename: attachment.filename, bytes: bytesOf(attachment.content) }
}

/** `cid:` and what follows it in an attribute or in CSS. */
const reference = /\bcid:([^"'\s>)&]{1,500})/gi

/** As `data:` addresses, by content id. */
function inlineImages(attachments: readonly Attachment[]): Map<string, string> {
  const images = new Map<string, string>()
  for (const { contentId, mimeType, content } of attachments) {
    const id = contentId?.replace(/^<|>$/g, '')
    if (!id || !/^image\/[a-z0-9.+-]+$/i.test(mimeType)) continue
    images.set(id, `data:${mimeType};base64,${bytesOf(content).toString('base64')}`)
  }
  return images
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
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

function describeAttachment(attachment: Attachment, html: string): DescribedAttachment {
  const { filename, mimeType, content, contentId } = attachment
  const id = contentId?.replace(/^<|>$/g, '')
  return {
    filename,
    contentType: mimeType,
    sizeBytes: bytesOf(content).length,
    isInline: Boolean(id) && html.includes(`cid:${id}`),
  }
}

function bytesOf(content: Attachment['content']): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof ArrayBuffer ? Buffer.from(content) : Buffer.from(content)
}

/** Each once; what is not of the web cannot be opened from the page. */
function webAddressesOf(html: string): string[] {
  const { htmlLengthMax, tagsMax } = checkLimits
  const links = linksInHtml(readTags(html.slice(0, htmlLengthMax), tagsMax))
  return [...new Set(links.filter(({ host }) => host !== null).map(({ url }) => url))]
}
