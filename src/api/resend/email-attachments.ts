/** The attachments of a message as the Resend dialect writes them. */
import { type Static, Type } from 'typebox'
import type { DraftAttachment } from '../../core/attachments/description.ts'
import { explainFetchUrl, filenameOf } from '../../core/attachments/fetch-url.ts'
import { attachmentBytesMax } from '../../core/attachments/limits.ts'
import { decodeBase64 } from '../../lib/base64.ts'
import { Refusal } from '../../lib/refusal.ts'
import { explainFilename, isContentId } from '../../mail/attachment.ts'
import { guessContentType, readContentType } from '../../mail/content-type.ts'

const attachmentsMax = 100
const base64BytesMax = (attachmentBytesMax / 3) * 4
const megabytesMax = base64BytesMax / 1_000_000

const text = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Null()], { description }))

const NewAttachment = Type.Object(
  {
    content: text('the file as base64 in one piece'),
    path: text('the address from which the file is to be fetched'),
    filename: text('the name of the file, of at most 255 bytes'),
    content_type: text('a media type such as `application/pdf`'),
    content_id: text('an id of at most 128 characters that `cid:` in the HTML refers to'),
  },
  { description: 'an object with `content` and `filename`, or with `path`' },
)
type NewAttachment = Static<typeof NewAttachment>

export const NewAttachments = Type.Optional(
  Type.Union([Type.Array(NewAttachment, { maxItems: attachmentsMax }), Type.Null()], {
    description: `a list of at most ${attachmentsMax} attachments, of ${megabytesMax} MB in base64 together`,
  }),
)

export function readAttachments(
  list: readonly NewAttachment[] | null | undefined,
): DraftAttachment[] {
  const attachments = list ?? []
  const encoded = attachments.reduce((sum, { content }) => sum + (content?.length ?? 0), 0)
  if (encoded > base64BytesMax) {
    throw new Refusal(
      'too_large',
      `The \`attachments\` field may hold at most ${megabytesMax} MB in base64; send a link instead.`,
    )
  }
  const read = attachments.map(readAttachment)
  refuseRepeatedIds(read)
  return read
}

function readAttachment(given: NewAttachment, index: number): DraftAttachment {
  const field = `attachments[${index}]`
  const { content, path } = given
  if (Boolean(path) === (content !== undefined && content !== null)) {
    throw new Refusal(
      'invalid_attachment',
      `The \`${field}\` field needs either \`content\` or \`path\`; give one of them.`,
    )
  }
  const bytes = path ? null : readContent(field, content ?? '')
  const url = path ? readPath(field, path) : undefined
  const filename = readFilename(field, given)
  const contentId = readContentId(field, given)
  return {
    description: {
      filename,
      contentType: readType(field, given) ?? guessContentType(filename),
      contentId,
      disposition: contentId === null ? 'attachment' : 'inline',
      ...(url !== undefined && { url }),
    },
    bytes,
  }
}

function readContent(field: string, content: string): Buffer {
  const bytes = decodeBase64(content)
  if (bytes) return bytes
  throw new Refusal(
    'invalid_input',
    `The \`${field}.content\` field must be base64 with its padding, without line breaks or anything else.`,
  )
}

function readPath(field: string, path: string): string {
  const fault = explainFetchUrl(path)
  if (fault === '') return path
  throw new Refusal('invalid_input', `Invalid \`${field}.path\` field. ${fault}`)
}

/** Without one the address may name the file. */
function readFilename(field: string, { filename, path }: NewAttachment): string {
  if (!filename && path) {
    const named = filenameOf(path) ?? ''
    return explainFilename(named) === '' ? named : 'attachment'
  }
  if (filename === undefined || filename === null) {
    throw new Refusal('missing_field', `Missing \`${field}.filename\` field.`)
  }
  const fault = explainFilename(filename)
  if (fault === '') return filename
  throw new Refusal('invalid_input', `Invalid \`${field}.filename\` field. ${fault}`)
}

function readType(field: string, { content_type: type }: NewAttachment): string | null {
  if (!type) return null
  if (readContentType(type)) return type
  throw new Refusal(
    'invalid_input',
    `The \`${field}.content_type\` field must be a media type such as \`application/pdf\`, and no multipart.`,
  )
}

/** Clients write it with and without its brackets. */
function readContentId(field: string, { content_id: given }: NewAttachment): string | null {
  if (!given) return null
  const id = given.startsWith('<') && given.endsWith('>') ? given.slice(1, -1) : given
  if (isContentId(id)) return id
  throw new Refusal(
    'invalid_input',
    `The \`${field}.content_id\` field must have 1 to 128 letters, digits or marks without blanks, quotes and brackets.`,
  )
}

/** Of two with one id, one reader shows the first and another the second. */
function refuseRepeatedIds(attachments: readonly DraftAttachment[]): void {
  const seen = new Set<string>()
  for (const [index, { description }] of attachments.entries()) {
    const { contentId } = description
    if (contentId === null) continue
    if (seen.has(contentId)) {
      throw new Refusal(
        'invalid_input',
        `The \`attachments[${index}].content_id\` field repeats the id of another attachment; give each its own.`,
      )
    }
    seen.add(contentId)
  }
}
