/** Secrets from the terminal, without showing them, or as the first line of what is piped in. */
import type { ReadStream } from 'node:tty'
import { CommandFailure } from './command-failure.ts'

const inputBytesMax = 4096

export async function readSecret(question: string): Promise<string> {
  const { stdin } = process
  const secret = stdin.isTTY ? await typed(stdin, question) : await piped()
  if (secret === '') throw new CommandFailure('nothing was given; type it, or pipe it in as a line')
  return secret
}

export function isTyped(): boolean {
  return process.stdin.isTTY
}

async function piped(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) {
    text += chunk
    if (text.length > inputBytesMax) throw new CommandFailure('what is piped in is too long')
  }
  return text.split('\n')[0]?.replace(/\r$/, '') ?? ''
}

function typed(stdin: ReadStream, question: string): Promise<string> {
  // Not on stdout, which may be read by a program.
  process.stderr.write(`${question}: `)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve, reject) => {
    let text = ''
    const end = () => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      process.stderr.write('\n')
    }
    const take = (chunk: string) => {
      for (const letter of chunk) {
        if (letter === '\r' || letter === '\n' || letter === '\u0004') {
          end()
          return resolve(text)
        }
        if (letter === '\u0003') {
          end()
          return reject(new CommandFailure('stopped; nothing was changed'))
        }
        // Backspace, as terminals send it in either way.
        if (letter === '\u007f' || letter === '\b') text = [...text].slice(0, -1).join('')
        else if (text.length < inputBytesMax) text += letter
      }
    }
    stdin.on('data', take)
  })
}
