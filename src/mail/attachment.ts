/** Attachments as parts of a message (RFC 2183), their names within what every file system and every header can hold. */
import { readContentType, unknownType } from './content-type.ts'
import type { Entity } from './entity.ts'
import { type Header, HeaderInjection } from './headers.ts'
import { base64Lines } from './transfer-encoding.ts'

export interface Attachment {
  /** See `explainFilename`. */
  filename: string
  /** See `readContentType`; `guessContentType` when none was given. */
  contentType: string
  /** Without angle brackets; see `isContentId`. */
  contentId: string | null
  disposition: 'attachment' | 'inline'
  bytes: Buffer
}

/** Of UTF-8, as most file systems have it; percent-encoded it still fits on one line of 998. */
const filenameBytesMax = 255
const contentIdLengthMax = 128
/** With its dot, when a name is shortened before it. */
const endingLengthMax = 12

/** Path separators, and the marks that let `gpj.exe` be shown as `exe.jpg`. */
const unsafeInFilename = /[/\\\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
const plainFilename = /^[\x20-\x7e]*$/
/** RFC 5322 §3.6.4 is stricter, but `cid:logo` is what people write. */
const contentIdForm = /^[\x21\x23-\x27\x2a-\x3b\x3d\x3f-\x5a\x5e-\x7e]+$/
/** RFC 5987 §3.2.1 attr-char, which RFC 2231 §7 allows as well. */
const unescapedInValue = /[!'()*]/g

/** Why a name cannot be the name of an attachment: a sentence with rule and fix, without the name. Empty when it can. */
export function explainFilename(filename: string): string {
  if (filename === '' || filename === '.' || filename === '..') {
    return 'The file name is empty or made of dots; give the attachment a name.'
  }
  if (Buffer.byteLength(filename) > filenameBytesMax) {
    return `The file name is longer than ${filenameBytesMax} bytes; shorten it.`
  }
  if (unsafeInFilename.test(filename) || !filename.isWellFormed()) {
    return 'The file name contains a slash, a backslash, a control character, a direction mark or half a character; remove it.'
  }
  return ''
}

/** A name that somebody gave, made one that can be: without folders, unsafe characters and what is too long. */
export function mendFilename(given: string): string {
  const name = given.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const safe = Array.from(name, (point) => (unsafeInFilename.test(point) ? '_' : point))
  const dot = safe.lastIndexOf('.')
  const ending = dot > 0 && safe.length - dot <= endingLengthMax ? safe.splice(dot) : []
  const room = filenameBytesMax - Buffer.byteLength(ending.join(''))
  let bytes = 0
  const end = safe.findIndex((point) => {
    bytes += Buffer.byteLength(point)
    return bytes > room
  })
  return [...(end === -1 ? safe : safe.slice(0, end)), ...ending].join('').trim()
}

/** What may stand behind `cid:` in HTML. */
export function isContentId(text: string): boolean {
  return text.length <= contentIdLengthMax && contentIdForm.test(text)
}

/** Throws HeaderInjection for what the functions above refuse: doors ask them beforehand. */
export function attachmentEntity(attachment: Attachment): Entity {
  const { filename, contentId, disposition, bytes } = attachment
  if (explainFilename(filename) !== '' || (contentId !== null && !isContentId(contentId))) {
    throw new HeaderInjection('the name or id of an attachment is not valid')
  }
  const headers: Header[] = [
    ['Content-Type', contentTypeValue(attachment.contentType)],
    ['Content-Transfer-Encoding', 'base64'],
    ['Content-Disposition', [disposition, ...filenameParameters(filename)].join(';\r\n ')],
  ]
  if (contentId !== null) headers.push(['Content-ID', `<${contentId}>`])
  return { headers, pieces: [base64Lines(bytes)] }
}

/** Messages may not be base64 (RFC 2046 §5.2.1), and as they are they may not fit the way: they go as plain files. */
function contentTypeValue(contentType: string): string {
  const read = readContentType(contentType)
  if (!read) throw new HeaderInjection('the type of an attachment is not valid')
  if (read.type.startsWith('message/')) return unknownType
  return [read.type, ...read.parameters].join(';\r\n ')
}

/**
 * RFC 2231 §4 for names beyond ASCII, after one in ASCII for readers that do not know it. In pieces (§3) it would stay
 * below 78 columns, but more readers know the long form.
 */
function filenameParameters(filename: string): string[] {
  const fallback = `filename="${asciiFilename(filename).replace(/"/g, '\\"')}"`
  // Some readers decode encoded-words here, which RFC 2047 §5 forbids.
  if (plainFilename.test(filename) && !filename.includes('=?')) return [fallback]
  return [fallback, `filename*=utf-8''${percentEncode(filename)}`]
}

/** `Übersicht.pdf` is still `Ubersicht.pdf`; letters of other scripts become underscores. */
function asciiFilename(filename: string): string {
  const decomposed = filename.normalize('NFKD').replace(/\p{M}/gu, '')
  return decomposed.replace(/[^\x20-\x7e]|[/\\]/gu, '_').replaceAll('=?', '=_')
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    unescapedInValue,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
