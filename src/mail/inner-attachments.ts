/** The attachments within a raw message: every part that is not shown as its text. */
import { explainFilename, mendFilename } from './attachment.ts'
import { endingOf, readContentType, unknownType } from './content-type.ts'
import { decodedBody, type MessagePart, messageParts } from './message-parts.ts'
import { parameterText } from './parameters.ts'
import { isShownAs } from './readable-parts.ts'

export interface InnerAttachment {
  /** Where it stands, as IMAP counts: the same for as long as the message is the same. */
  section: string
  filename: string
  /** `type/subtype`, perhaps with parameters. */
  contentType: string
  /** Without angle brackets; null when nothing refers to it. */
  contentId: string | null
  disposition: 'attachment' | 'inline'
  /** Decoded anew at each call. */
  bytes(): Buffer
}

const contentIdForm = /^<?([\x21-\x3b\x3d\x3f-\x7e]{1,250})>?$/

/** In the order of the message. */
export function innerAttachments(message: Buffer): InnerAttachment[] {
  const parts = [...messageParts(message)]
  const html = parts.find((part) => isShownAs(part, 'html'))
  const text = parts.find((part) => isShownAs(part, 'plain'))
  return parts.filter((part) => part !== html && part !== text).map(describe)
}

function describe(part: MessagePart): InnerAttachment {
  const { section } = part
  const contentId = contentIdForm.exec(part.contentId)?.[1] ?? null
  return {
    section,
    filename: filenameOf(part),
    contentType: contentTypeOf(part),
    contentId,
    disposition: dispositionOf(part, contentId),
    bytes: () => decodedBody(part),
  }
}

/** RFC 2183 §2.3 where the sender gave one, and the older `name` of the type where not. */
function filenameOf({ disposition, parameters, section, type }: MessagePart): string {
  const given =
    parameterText(behindType(disposition), 'filename') ?? parameterText(parameters, 'name')
  const name = given === undefined ? '' : mendFilename(given)
  return explainFilename(name) === '' ? name : `part-${section}.${endingOf(type)}`
}

/** RFC 2183 §2.8: one that is unknown counts as an attachment. */
function dispositionOf(
  { disposition }: MessagePart,
  contentId: string | null,
): InnerAttachment['disposition'] {
  if (disposition === '') return contentId === null ? 'attachment' : 'inline'
  return /^inline[ \t]*(?:;|$)/i.test(disposition) ? 'inline' : 'attachment'
}

/** With its parameters where all of them are of the form; the name of the file is told elsewhere. */
function contentTypeOf({ type, parameters }: MessagePart): string {
  const whole = readContentType(parameters === '' ? type : `${type};${parameters}`)
  const kept = whole?.parameters.filter((each) => !/^name[*=]/i.test(each)) ?? []
  const bare = readContentType(type)
  return bare ? [bare.type, ...kept].join('; ') : unknownType
}

function behindType(value: string): string {
  const end = value.indexOf(';')
  return end === -1 ? '' : value.slice(end + 1)
}
