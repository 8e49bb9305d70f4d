/** One command line, and the arguments of MAIL, RCPT and BDAT (RFC 5321 §4.1, RFC 3030 §2). Pure, and strict. */

export interface Command {
  /** Upper case. */
  verb: string
  argument: string
}

export interface Path {
  /** What stands between the angle brackets, without a source route; empty for `<>`. */
  address: string
  /** Names in upper case; undefined for one without a value. */
  parameters: ReadonlyMap<string, string | undefined>
}

const noParameters: ReadonlyMap<string, string | undefined> = new Map()
/** RFC 5321 §4.1.2, esmtp-param; RFC 6531 §3.3 lets values go beyond ASCII. */
const parameter = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e\u0080-\u{10ffff}]+))?$/u
const parametersMax = 10

export function readCommand(line: string): Command {
  const blank = line.indexOf(' ')
  if (blank < 0) return { verb: line.toUpperCase(), argument: '' }
  return { verb: line.slice(0, blank).toUpperCase(), argument: line.slice(blank + 1).trim() }
}

/**
 * Reads `FROM:<address> NAME=value …`; undefined when it has another form. A blank before the bracket is let pass,
 * since widespread programs write one.
 */
export function readPath(argument: string, keyword: 'FROM:' | 'TO:'): Path | undefined {
  if (argument.slice(0, keyword.length).toUpperCase() !== keyword) return undefined
  let start = keyword.length
  while (argument.charCodeAt(start) === 0x20) start++
  const end = endOfPath(argument, start)
  if (end < 0) return undefined
  const parameters = readParameters(argument.slice(end + 1))
  if (!parameters) return undefined
  return { address: withoutRoute(argument.slice(start + 1, end)), parameters }
}

/** The closing bracket; one inside a quoted local part does not count. */
function endOfPath(text: string, start: number): number {
  if (text[start] !== '<') return -1
  const quote = text.indexOf('"', start)
  const bracket = text.indexOf('>', start)
  if (quote < 0 || quote > bracket) return bracket
  let isQuoted = false
  for (let at = quote; at < text.length; at++) {
    const character = text[at]
    if (character === '"') isQuoted = !isQuoted
    else if (character === '\\' && isQuoted) at++
    else if (character === '>' && !isQuoted) return at
  }
  return -1
}

/** RFC 5321 §4.1.1.3: a source route is ignored, not followed. */
function withoutRoute(path: string): string {
  if (!path.startsWith('@')) return path
  const colon = path.indexOf(':')
  return colon < 0 ? path : path.slice(colon + 1)
}

function readParameters(text: string): Path['parameters'] | undefined {
  if (text === '') return noParameters
  // Nothing but a blank may follow the bracket.
  if (!text.startsWith(' ')) return undefined
  const parameters = new Map<string, string | undefined>()
  for (const word of text.split(' ')) {
    if (word === '') continue
    const match = parameter.exec(word)
    const name = match?.[1]?.toUpperCase()
    if (name === undefined || parameters.has(name) || parameters.size === parametersMax) {
      return undefined
    }
    parameters.set(name, match?.[2])
  }
  return parameters
}

export interface Chunk {
  sizeBytes: number
  isLast: boolean
}

export function readChunk(argument: string): Chunk | undefined {
  const match = /^(\d{1,10})( +LAST)?$/i.exec(argument)
  if (!match) return undefined
  return { sizeBytes: Number(match[1]), isLast: match[2] !== undefined }
}
