/**
 * Conversations in plain text, so that anybody who knows mail can read them, and a report of a fault becomes a test by
 * pasting it. Each line is a step:
 *
 *   C: EHLO there       the client says this line, ended by CR LF
 *   C~ MAIL\nNOOP\r\n   the client says exactly this: \r \n \0 \t \\ \xNN, and no end of line
 *   S: 250 2.0.0        the server's next line begins so
 *   S~ ^250[- ]SIZE     the server's next line matches this regular expression
 *   S* 250              the server's next whole reply, however many lines, all with this code
 *   TLS                 the client begins TLS
 *   END                 the server hangs up
 *   # a remark
 *
 * {key} is a valid API key, {plain} the base64 of AUTH PLAIN with it, {base64:text} base64, {x*600} the text x 600 times.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { SmtpClient } from './client.ts'

export interface Dialogue {
  /** The first remark: the rule that the dialogue shows. */
  title: string
  steps: Step[]
}

interface Step {
  line: number
  kind: string
  text: string
}

export function readDialogue(file: URL): Dialogue {
  const steps: Step[] = []
  let title = ''
  for (const [index, raw] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (raw.startsWith('#')) title ||= raw.slice(1).trim()
    if (raw === '' || raw.startsWith('#')) continue
    const match = /^(C:|C~|S:|S~|S\*|TLS|END)(?: (.*))?$/.exec(raw)
    assert.ok(match?.[1], `${file.pathname} line ${index + 1} is no step: ${raw}`)
    steps.push({ line: index + 1, kind: match[1], text: match[2] ?? '' })
  }
  assert.ok(title, `${file.pathname} begins with the rule it shows`)
  return { title, steps }
}

/** Plays it over a new connection; the greeting is part of it. */
export async function playDialogue(
  { steps }: Dialogue,
  { port, isTls, key }: { port: number; isTls: boolean; key: string },
): Promise<void> {
  const client = await (isTls ? SmtpClient.openTls(port) : SmtpClient.open(port))
  try {
    for (const step of steps) await play(client, { ...step, text: fill(step.text, key) })
  } finally {
    client.close()
  }
}

async function play(client: SmtpClient, { line, kind, text }: Step): Promise<void> {
  const at = `line ${line}`
  switch (kind) {
    case 'C:':
      return client.write(`${text}\r\n`)
    case 'C~':
      return client.write(rawBytes(text))
    case 'S:': {
      const said = await client.line()
      return assert.ok(said?.startsWith(text), `${at}: wanted ${text}, was told ${said}`)
    }
    case 'S~': {
      const said = await client.line()
      return assert.match(said ?? 'nothing: the server hung up', new RegExp(text), at)
    }
    case 'S*': {
      const lines = (await client.reply())?.split('\n') ?? []
      const isSo = lines.length > 0 && lines.every((one) => one.startsWith(text))
      return assert.ok(isSo, `${at}: wanted ${text}, was told ${lines.join(' / ')}`)
    }
    case 'TLS':
      return client.startTls()
    default:
      return assert.equal(await client.line(), null, `${at}: the server hangs up`)
  }
}

function fill(text: string, key: string): string {
  return text
    .replaceAll('{key}', key)
    .replaceAll('{plain}', base64(`\0resend\0${key}`))
    .replace(/\{base64:([^}]*)\}/g, (_, inner: string) => base64(inner.replaceAll('\\0', '\0')))
    .replace(/\{([^{}*]+)\*(\d+)\}/g, (_, part: string, times: string) =>
      part.repeat(Number(times)),
    )
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function rawBytes(text: string): Buffer {
  const plain = { r: '\r', n: '\n', t: '\t', 0: '\0', '\\': '\\' } as Record<string, string>
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  return Buffer.from(
    bytes.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, hex?: string, letter?: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (plain[letter ?? ''] ?? letter ?? ''),
    ),
    'latin1',
  )
}
