/** What is answered to bytes that are no request: no route sees them, so it is written to the connection itself. */
import type { Socket } from 'node:net'

export interface WireFault {
  status: number
  reason: string
  message: string
}

const faults: Readonly<Record<string, WireFault>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'Request Header Fields Too Large',
    message: 'The headers of the request are larger than 16 KB; send less in them.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: 'Request Timeout',
    message: 'The request was not whole in time; send it again at once.',
  },
}
const unreadable: WireFault = {
  status: 400,
  reason: 'Bad Request',
  message: 'The request is not valid HTTP/1.1; use an HTTP client, with http:// in the address.',
}

/** `say` is the door's own way to say no: the body, and headers beside those of any answer. */
export function wireFaultAnswerer(
  say: (fault: WireFault) => { body: unknown; headers?: Readonly<Record<string, string>> },
) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const fault = faults[error.code ?? ''] ?? unreadable
    const { body, headers = {} } = say(fault)
    const text = JSON.stringify(body)
    const head = [
      `HTTP/1.1 ${fault.status} ${fault.reason}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
  }
}
