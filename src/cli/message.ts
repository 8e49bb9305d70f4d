/**
 * `postern message show ID`: the story of a message. The operator sees ids, states, times, hosts and codes; with a key of
 * the account (`--key-file`) the running API opens the whole of it.
 */
import { readFileSync } from 'node:fs'
import { loadConfig } from '../config/config.ts'
import { findMessage } from '../core/operations/queries.ts'
import { Refusal } from '../lib/refusal.ts'
import { readToken } from '../lib/token.ts'
import { readRunFile } from '../process/run-file.ts'
import { type Action, type Answer, runNamedAction } from './action.ts'
import { CommandFailure } from './command-failure.ts'
import { messageBody, tellOperator } from './message-story.ts'
import { asOperator } from './operator.ts'
import { facts, harmless } from './plain-text.ts'

const answerMs = 30_000
const keyFileBytesMax = 4096

const show: Action = {
  shape: { operands: ['ID'], texts: { 'key-file': false } },
  perform: (given) => {
    const id = given.id('ID')
    const keyFile = given.text('key-file')
    return keyFile === undefined ? showToOperator(id) : showToAccount(id, keyFile)
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ show }, args)
}

function showToOperator(id: string): Promise<Answer> {
  return asOperator(async ({ sql, h1 }) => {
    const message = await findMessage(sql, h1, id)
    if (!message) throw new Refusal('not_found', `There is no message ${id}.`)
    return { json: messageBody(message), text: tellOperator(message) }
  })
}

async function showToAccount(id: string, keyFile: string): Promise<Answer> {
  const key = readKey(keyFile)
  const { home, bind } = loadConfig().settings
  const port = readRunFile(home)?.ports.http
  if (port === undefined) {
    throw new CommandFailure(
      `nothing runs on ${home}; start it with \`postern run\`, or set POSTERN_HOME to the folder of the instance you mean`,
    )
  }
  const response = await fetch(`http://${reachableHost(bind)}:${port}/emails/${id}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(answerMs),
  }).catch((cause: unknown) => {
    throw new CommandFailure('the API did not answer; `postern doctor` says what is wrong', {
      cause,
    })
  })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok || typeof body !== 'object' || body === null) throw refused(response, body)
  return { json: body, text: tellAccount(body) }
}

function readKey(file: string): string {
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

function refused(response: Response, body: unknown): CommandFailure {
  const said =
    typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : ''
  if (response.status === 404) {
    return new CommandFailure('the account of this key has no such message')
  }
  return new CommandFailure(`the API answered ${response.status}: ${harmless(said)}`)
}

function tellAccount(body: object): string {
  const fields = new Map(Object.entries(body) as [string, unknown][]) // what JSON holds is unknown
  const heads = ['id', 'from', 'to', 'cc', 'bcc', 'subject', 'created_at', 'last_event']
  const pairs = heads
    .map((name) => [name.replace('_', ' '), words(fields.get(name))] as const)
    .filter(([, value]) => value !== '')
  const timeline = fields.get('timeline')
  const lines = Array.isArray(timeline) ? timeline.map(timelineText) : []
  return [facts(pairs), lines.join('\n')].filter((part) => part !== '').join('\n\n')
}

function timelineText(line: unknown): string {
  if (typeof line !== 'object' || line === null || !('text' in line)) return ''
  const at = 'at' in line ? `${words(line.at)}  ` : ''
  return `${at}${words(line.text)}`
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(', ')
  return typeof value === 'string' ? harmless(value) : ''
}

/** A door on every interface is reached on this machine by its loopback address. */
function reachableHost(bind: string): string {
  if (bind === '0.0.0.0') return '127.0.0.1'
  if (bind === '::') return '[::1]'
  return bind.includes(':') ? `[${bind}]` : bind
}
