/** `postern send`: one message, with a key of its account, through the HTTP door of the running instance. */
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { type Action, runAction } from './action.ts'
import { callApi, demandDone, readKeyFile } from './api-call.ts'
import type { Arguments } from './arguments.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import { harmless } from './plain-text.ts'

const send: Action = {
  shape: {
    texts: {
      'key-file': true,
      from: true,
      subject: true,
      text: false,
      html: false,
      file: false,
    },
    lists: ['to'],
  },
  perform: async (given) => {
    const to = given.list('to')
    if (to.length === 0) throw new UsageError('--to must be given')
    const email = {
      from: given.required('from'),
      to,
      subject: given.required('subject'),
      ...readContent(given),
    }
    const key = readKeyFile(given.required('key-file'))
    const answer = demandDone(await callApi(key, { path: '/emails', body: email }))
    const id = 'id' in answer ? harmless(String(answer.id)) : ''
    return {
      json: answer,
      text: `${id}\n\nIt is on disk and will be delivered; \`postern message show ${id}\` tells how it went.`,
    }
  },
}

export function run(args: string[]): Promise<number> {
  return runAction(send, args)
}

function readContent(given: Arguments): { text?: string; html?: string } {
  const text = given.text('text')
  const html = given.text('html')
  const file = given.text('file')
  if (file === undefined && text === undefined && html === undefined) {
    throw new UsageError('--text, --html or --file must be given')
  }
  if (file === undefined) {
    return { ...(text !== undefined && { text }), ...(html !== undefined && { html }) }
  }
  if (text !== undefined || html !== undefined) {
    throw new UsageError('--file is given in place of --text and --html')
  }
  return extname(file).startsWith('.htm') ? { html: read(file) } : { text: read(file) }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new CommandFailure(`${file} cannot be read; name a file of text, or .html for HTML`)
  }
}
