/** The record of what was said, for the account to read: bounded, and never the message itself. */
import type { Reply } from '../../mail/reply.ts'

const linesMax = 64
const lineCharsMax = 512

export function recordClient(conversation: string[], command: string): void {
  record(conversation, `C: ${command}`)
}

export function recordServer(conversation: string[], reply: Reply): void {
  const last = reply.lines.length - 1
  for (let i = 0; i <= last && conversation.length < linesMax; i++) {
    record(conversation, `S: ${reply.code}${i < last ? '-' : ' '}${reply.lines[i]}`)
  }
}

function record(conversation: string[], line: string): void {
  if (conversation.length >= linesMax) return
  conversation.push(line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)}…` : line)
}
