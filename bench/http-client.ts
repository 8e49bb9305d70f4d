/** One kept HTTP/1.1 connection, one request at a time: the cheapest load that a server cannot tell from a real client. */
import { connect, type Socket } from 'node:net'

export interface HttpAnswer {
  status: number
  body: string
}

const answerMs = 30_000
const answerBytesMax = 1 << 20

export class HttpConnection {
  private readonly url: URL
  private readonly headers: string
  private socket: Socket | undefined
  private received = ''
  private waiting: { resolve(answer: HttpAnswer): void; reject(error: Error): void } | undefined

  constructor(url: URL, key: string) {
    this.url = url
    this.headers = [
      `POST ${url.pathname} HTTP/1.1`,
      `Host: ${url.host}`,
      `Authorization: Bearer ${key}`,
      'Content-Type: application/json',
      'Content-Length: ',
    ].join('\r\n')
  }

  /** Rejects when the connection ends before the answer; the next request opens another. */
  post(body: Buffer): Promise<HttpAnswer> {
    const socket = this.socket ?? this.open()
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
      socket.cork()
      socket.write(`${this.headers}${body.length}\r\n\r\n`, 'latin1')
      socket.write(body)
      socket.uncork()
    })
  }

  close(): void {
    this.socket?.end()
  }

  private open(): Socket {
    const socket = connect(Number(this.url.port), this.url.hostname).setNoDelay(true)
    const gone = (error: Error) => {
      if (this.socket === socket) this.socket = undefined
      this.received = ''
      this.waiting?.reject(error)
      this.waiting = undefined
    }
    socket.setTimeout(answerMs, () => {
      socket.destroy(this.waiting && new Error(`no answer in ${answerMs / 1_000} s`))
    })
    socket.on('data', (bytes) => this.take(bytes))
    socket.on('error', gone)
    socket.on('close', () => gone(new Error('connection closed')))
    this.socket = socket
    return socket
  }

  private take(bytes: Buffer): void {
    this.received += bytes.toString('latin1')
    const answer = readAnswer(this.received)
    if (!answer) {
      if (this.received.length > answerBytesMax) this.socket?.destroy(new Error('endless answer'))
      return
    }
    this.received = ''
    // The next request must not go into a connection that the server is about to close.
    if (answer.closes) {
      this.socket?.destroy()
      this.socket = undefined
    }
    this.waiting?.resolve(answer)
    this.waiting = undefined
  }
}

/** undefined while the answer is incomplete. */
export function readAnswer(text: string): (HttpAnswer & { closes: boolean }) | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = text.slice(0, headEnd).toLowerCase()
  const rest = text.slice(headEnd + 4)
  const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0)
  const isChunked = head.includes('\r\ntransfer-encoding: chunked')
  const body = isChunked ? readChunks(rest) : rest.length < length ? undefined : rest
  if (body === undefined) return undefined
  return { status: Number(head.slice(9, 12)), body, closes: head.includes('\r\nconnection: close') }
}

/** Each chunk begins with its length in hexadecimal; one of length 0 is the end (RFC 9112 §7.1). */
function readChunks(text: string): string | undefined {
  let body = ''
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const length = Number.parseInt(text.slice(at, lineEnd), 16)
    const next = lineEnd + 2 + length + 2
    if (text.length < next) return undefined
    if (length === 0) return body
    body += text.slice(lineEnd + 2, next - 2)
    at = next
  }
}
