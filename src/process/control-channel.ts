/** The control channel between the supervisor and a process: lines of JSON over an inherited socket, in both directions. */
import type { Duplex } from 'node:stream'

const lineBytesMax = 64 * 1024

/** Calls `onLine` with each whole line that is JSON; a line that is too long or malformed ends the channel. */
export function readLines(channel: Duplex, onLine: (value: unknown) => void): void {
  let rest = ''
  channel.setEncoding('utf8')
  channel.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineBytesMax) channel.destroy()
    for (const line of lines) {
      const value = parseLine(line)
      if (value === undefined) channel.destroy()
      else onLine(value)
    }
  })
}

export function writeLine(channel: Duplex, value: unknown): void {
  if (channel.writable) channel.write(`${JSON.stringify(value)}\n`)
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
