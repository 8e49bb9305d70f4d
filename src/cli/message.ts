/**
 * `postern message show ID`: the story of a message. The operator sees ids, states, times, hosts and codes; with a key of
 * the account (`--key-file`) the running API opens the whole of it.
 */
import { findMessage } from '../core/operations/queries.ts'
import { Refusal } from '../lib/refusal.ts'
import { type Action, type Answer, runNamedAction } from './action.ts'
import { callApi, demandDone, readKeyFile } from './api-call.ts'
import { CommandFailure } from './command-failure.ts'
import { messageBody, tellOperator } from './message-story.ts'
import { asOperator } from './operator.ts'
import { facts, harmless } from './plain-text.ts'

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
    if (!message)
      throw new Refusal(
        'not_found',
        `There is no message ${id}; \`queue list\` shows those that wait.`,
      )
    return { json: messageBody(message), text: tellOperator(message) }
  })
}

async function showToAccount(id: string, keyFile: string): Promise<Answer> {
  const { status, body } = await callApi(readKeyFile(keyFile), { path: `/emails/${id}` })
  if (status === 404) throw new CommandFailure('the account of this key has no such message')
  return { json: body, text: tellAccount(demandDone({ status, body })) }
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
