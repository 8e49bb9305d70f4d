/** The command line as one of an account's programs: with a key from a file, over the running instance's own HTTP door. */
import { readFileSync } from 'node:fs'
import { loadConfig } from '../config/config.ts'
import { readToken } from '../lib/token.ts'
import { readRunFile } from '../process/run-file.ts'
import { CommandFailure } from './command-failure.ts'
import { harmless } from './plain-text.ts'

const answerMs = 30_000
const keyFileBytesMax = 4096

export interface ApiAnswer {
  status: number
  body: unknown
}

/** With a body it is a POST. */
export async function callApi(
  key: string,
  { path, body }: { path: string; body?: object },
): Promise<ApiAnswer> {
  const { home, bind } = loadConfig().settings
  const port = readRunFile(home)?.ports.http
  if (port === undefined) {
    throw new CommandFailure(
      `nothing runs on ${home}; start it with \`postern run\`, or set POSTERN_HOME to the folder of the instance you mean`,
    )
  }
  const response = await fetch(`http://${reachableHost(bind)}:${port}${path}`, {
    headers: {
      authorization: `Bearer ${key}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(answerMs),
  }).catch((cause: unknown) => {
    throw new CommandFailure('the API did not answer; `postern doctor` says what is wrong', {
      cause,
    })
  })
  return { status: response.status, body: await response.json().catch(() => null) }
}

/** The body of an answer that was a yes. */
export function demandDone({ status, body }: ApiAnswer): object {
  const isBody = typeof body === 'object' && body !== null
  if (status < 300 && isBody) return body
  const said = isBody && 'message' in body ? String(body.message) : ''
  throw new CommandFailure(`the API answered ${status}: ${harmless(said)}`)
}

export function readKeyFile(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').slice(0, keyFileBytesMax).trim()
  } catch {
    throw new CommandFailure(`${file} cannot be read; name the file that holds an API key`)
  }
  const key = readToken(text)
  if (key !== undefined) return key
  throw new CommandFailure(
    `${file} does not hold an API key; it begins with pst_live_ and stands there alone`,
  )
}

/** A door on every interface is reached on this machine by its loopback address. */
function reachableHost(bind: string): string {
  if (bind === '0.0.0.0') return '127.0.0.1'
  if (bind === '::') return '[::1]'
  return bind.includes(':') ? `[${bind}]` : bind
}
