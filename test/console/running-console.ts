/** The door of console on a real socket, with routes of the test; who is signed in is what the test says. */
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { ConsoleDeps } from '../../src/console/deps.ts'
import type { ConsoleRoutes } from '../../src/console/routes.ts'
import { buildServer } from '../../src/console/server.ts'
import type { Session } from '../../src/console/session.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import type { LogFields } from '../../src/process/log.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface Call {
  method?: string
  /** As they are sent, Host among them; what a browser would send is not added. */
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface RunningConsole {
  app: FastifyInstance
  port: number
  /** `http://localhost:port`. */
  origin: string
  logged: [string, LogFields][]
  call(path: string, call?: Call): Promise<Answer>
  /** As the console's own page would: same origin, JSON, a session's name in `x-test-session`. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  end(): Promise<void>
}

export const testSession: Session = {
  h1: Buffer.alloc(32),
  accountId: '0197a1b2-0000-7000-8000-000000000001',
  userId: '0197a1b2-0000-7000-8000-000000000002',
  sessionId: '0197a1b2-0000-7000-8000-000000000003',
  scopes: new Set(['domains:read']),
  browserKey: '',
  steppedUpAt: 0,
  enrolling: false,
  state: {} as Session['state'], // no route of these tests looks at it
  via: null,
}

export async function startConsole(
  routes: readonly ConsoleRoutes[],
  changed: Partial<ConsoleDeps> = {},
): Promise<RunningConsole> {
  const logged: [string, LogFields][] = []
  const write = (fields: LogFields, event: string) => void logged.push([event, fields])
  const deps = {
    clock: systemClock,
    log: { debug: write, info: write, warn: write, error: write },
    bind: '127.0.0.1',
    consoleUrl: null,
    authenticate: async ({ headers }) => {
      if (headers['x-test-session'] === 'yes') return testSession
      throw new Refusal('missing_key', 'You are not signed in.')
    },
    ...changed,
  } satisfies Partial<ConsoleDeps>
  const app = await buildServer(deps as unknown as ConsoleDeps, routes) // the test's routes need no more
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const origin = `http://localhost:${port}`
  const call = (path: string, { method = 'GET', headers = {}, body }: Call = {}) =>
    answerOf(request({ host: '127.0.0.1', port, path, method, headers, agent: false }), body)
  return {
    app,
    port,
    origin,
    logged,
    call,
    ask: (method, path, body) =>
      call(path, {
        method,
        headers: {
          host: new URL(origin).host,
          origin,
          'sec-fetch-site': 'same-origin',
          'x-test-session': 'yes',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    end: () => app.close(),
  }
}

function answerOf(sent: ClientRequest, body?: string | Buffer): Promise<Answer> {
  return new Promise((settle, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.once('end', () => {
        const isJson = /json/.test(response.headers['content-type'] ?? '')
        const said = isJson ? JSON.parse(text) : text
        settle({ status: response.statusCode ?? 0, headers: response.headers, body: said })
      })
    })
    sent.end(body)
  })
}
