/** Media types: their syntax (RFC 2045 §5.1, RFC 6838 §4.2), and the likely one of a file. */

/** RFC 6838 §4.2 restricted-name. */
const name = '[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}'
const token = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]+"
const quoted = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"'
const typeForm = new RegExp(
  `^(${name})/(${name})((?:[ \\t]*;[ \\t]*${token}=(?:${token}|${quoted}))*)$`,
)
const parameterForm = new RegExp(`${token}=(?:${token}|${quoted})`, 'g')
const lengthMax = 255

export const unknownType = 'application/octet-stream'

export interface ContentType {
  /** `type/subtype` in lower case. */
  type: string
  /** As written, `name=value` each. */
  parameters: string[]
}

/** Undefined for what is no media type, and for multiparts, which are no single thing that could be attached. */
export function readContentType(text: string): ContentType | undefined {
  if (text.length > lengthMax) return undefined
  const [, major = '', minor = '', rest = ''] = typeForm.exec(text) ?? []
  if (major === '' || major.toLowerCase() === 'multipart') return undefined
  return { type: `${major}/${minor}`.toLowerCase(), parameters: rest.match(parameterForm) ?? [] }
}

/** By what stands behind the last dot. */
export function guessContentType(filename: string): string {
  const ending = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()
  return typesOfEndings.get(ending) ?? unknownType
}

/** The likely ending of a file of that type, without its dot. */
export function endingOf(type: string): string {
  if (type === 'message/rfc822') return 'eml'
  for (const [ending, known] of typesOfEndings) if (known === type) return ending
  return 'bin'
}

const typesOfEndings: ReadonlyMap<string, string> = new Map([
  ['7z', 'application/x-7z-compressed'],
  ['aac', 'audio/aac'],
  ['avif', 'image/avif'],
  ['bmp', 'image/bmp'],
  ['css', 'text/css'],
  ['csv', 'text/csv'],
  ['doc', 'application/msword'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['epub', 'application/epub+zip'],
  ['gif', 'image/gif'],
  ['gz', 'application/gzip'],
  ['heic', 'image/heic'],
  ['htm', 'text/html'],
  ['html', 'text/html'],
  ['ico', 'image/vnd.microsoft.icon'],
  ['ics', 'text/calendar'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['js', 'text/javascript'],
  ['json', 'application/json'],
  ['m4a', 'audio/mp4'],
  ['md', 'text/markdown'],
  ['mov', 'video/quicktime'],
  ['mp3', 'audio/mpeg'],
  ['mp4', 'video/mp4'],
  ['odp', 'application/vnd.oasis.opendocument.presentation'],
  ['ods', 'application/vnd.oasis.opendocument.spreadsheet'],
  ['odt', 'application/vnd.oasis.opendocument.text'],
  ['ogg', 'audio/ogg'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['ppt', 'application/vnd.ms-powerpoint'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  ['rtf', 'application/rtf'],
  ['svg', 'image/svg+xml'],
  ['tar', 'application/x-tar'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['txt', 'text/plain'],
  ['vcf', 'text/vcard'],
  ['wav', 'audio/wav'],
  ['webm', 'video/webm'],
  ['webp', 'image/webp'],
  ['xls', 'application/vnd.ms-excel'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['xml', 'application/xml'],
  ['zip', 'application/zip'],
])
