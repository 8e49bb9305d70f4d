/** One SMTP command line and the path argument of MAIL and RCPT (RFC 5321 §4.1.1, §4.1.2). */
export interface Command {
  /** Upper case. */
  verb: string
  argument: string
}

export interface Path {
  /** Empty for the null return path `<>`. */
  address: string
  /** Upper-case names; the value is empty when there was none. */
  parameters: Map<string, string>
}

export function readCommand(line: string): Command {
  const space = line.indexOf(' ')
  if (space < 0) return { verb: line.toUpperCase(), argument: '' }
  return { verb: line.slice(0, space).toUpperCase(), argument: line.slice(space + 1).trim() }
}

/** Reads `FROM:<address> NAME=value …`. Null when the argument has another form. */
export function readPath(argument: string, keyword: 'FROM:' | 'TO:'): Path | null {
  if (argument.slice(0, keyword.length).toUpperCase() !== keyword) return null
  const rest = argument.slice(keyword.length).trimStart()
  const end = endOfPath(rest)
  if (end < 0) return null
  // RFC 5321 §4.1.1.3: a source route is to be stripped, not obeyed.
  const address = rest.slice(1, end).replace(/^@[^:]*:/, '')
  return { address, parameters: readParameters(rest.slice(end + 1)) }
}

/** The closing bracket; one inside a quoted local part does not count. */
function endOfPath(text: string): number {
  if (!text.startsWith('<')) return -1
  let quoted = false
  for (let i = 1; i < text.length; i++) {
    const character = text[i]
    if (character === '"') quoted = !quoted
    else if (character === '\\' && quoted) i++
    else if (character === '>' && !quoted) return i
  }
  return -1
}

function readParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const word of text.split(' ')) {
    if (word === '') continue
    const equals = word.indexOf('=')
    if (equals < 0) parameters.set(word.toUpperCase(), '')
    else parameters.set(word.slice(0, equals).toUpperCase(), word.slice(equals + 1))
  }
  return parameters
}
