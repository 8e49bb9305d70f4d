/** An instance of the real executable whose mail for `sink.test` goes to a mail host of the test, and what its owner can see. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { type Instance, startInstance } from '../support/instance.ts'
import type { MailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'

const checkout = resolve(import.meta.dirname, '../..')

export interface RunningPostern extends Instance {
  /** Runs SQL as the superuser, who is bound by nothing. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** `bin/postern` with a line on its standard input. */
  posternWithInput(
    input: string,
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }>
  send(message: object, key?: string): Promise<{ status: number; body: unknown; headers: Headers }>
}

export interface Routes {
  [domain: string]: number
}

/** The first account may send without a rate. */
export async function startPostern(routes: Routes, home?: string): Promise<RunningPostern> {
  const folder = mkdtempSync(join(tmpdir(), 'routes-'))
  const file = join(folder, 'routes')
  const lines = Object.entries(routes).map(([domain, port]) => `${domain} smtp://127.0.0.1:${port}`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  const instance = await startInstance({
    settings: { POSTERN_ROUTES_FILE: file },
    ...(home === undefined ? {} : { home }),
  })
  rmSync(folder, { recursive: true })
  const running = Object.assign(instance, ownerOf(instance))
  const { stdout } = await running.postern('account', 'list', '--json')
  for (const { id } of JSON.parse(stdout).data) await liftLimits(running, id)
  return running
}

export async function liftLimits(instance: Instance, accountId: string): Promise<void> {
  const limits = ['--requests-per-second', '1000000']
  const { code, stderr } = await instance.postern('account', 'limits', accountId, ...limits)
  // A sealed vault signs no limits; they were lifted at an earlier start.
  assert.ok(code === 0 || /sealed/i.test(stderr), stderr)
}

function ownerOf(
  instance: Instance,
): Pick<RunningPostern, 'query' | 'posternWithInput' | 'send' | 'stop'> {
  const { apiUrl, key: ownKey, stop } = instance
  return {
    query: (text, values) => asSuperuser(instance, text, values),
    posternWithInput: (input, ...args) => runWithInput(instance, input, args),
    async send(message, key = ownKey) {
      const response = await fetch(`${apiUrl}/emails`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          from: 'Test <test@postern.localhost>',
          subject: 'Hello',
          text: 'Hello',
          ...message,
        }),
      })
      const { status, headers } = response
      return { status, headers, body: await response.json() }
    },
    async stop(options) {
      const code = await stop({ keepHome: true })
      demandCleanLogs(instance.home)
      if (!options?.keepHome) rmSync(instance.home, { recursive: true, force: true })
      return code
    },
  }
}

export async function asSuperuser<Row extends pg.QueryResultRow>(
  { home, runJson }: Instance,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const { socket, port, name } = runJson.database
  const password = readFileSync(join(home, 'database.password'), 'utf8').trim()
  const login = { host: socket ?? '', port, database: name, user: 'postgres', password }
  const client = new pg.Client(login)
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text, values)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

function runWithInput({ environment }: Instance, input: string, args: string[]) {
  const child = spawn(process.execPath, ['bin/postern', ...args], {
    cwd: checkout,
    env: environment,
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      output[name] += part
    })
  }
  child.stdin.end(`${input}\n`)
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((settle) => {
    child.once('close', (code) => settle({ code, ...output }))
  })
}

/** Addresses and subjects that these tests use; none may stand in any log. */
const personal = /@?sink\.test|@postern\.localhost|\[pb:|recipient-\d|Message \d+ of/

export function demandCleanLogs(home: string): void {
  const folder = join(home, 'log')
  for (const name of readdirSync(folder)) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n')
    const found = lines.find((line) => personal.test(line))
    assert.equal(found, undefined, `personal data in ${name}`)
  }
}

/** Every answer was 200, or 503 with Retry-After; what the api process says of another stands in the failure. */
export function demandNoFaults(
  instance: Instance,
  { faults }: { faults: readonly string[] },
): void {
  if (faults.length === 0) return
  const said = logLines(instance, 'api', '"level":"error"').slice(0, 5)
  assert.fail(`${faults.join('\n')}\nlog/api.log: ${said.join('\n')}`)
}

/** All lines of a process's log that hold the text. */
export function logLines({ home }: Instance, role: string, text: string): string[] {
  const lines = readFileSync(join(home, 'log', `${role}.log`), 'utf8').split('\n')
  return lines.filter((line) => line.includes(text))
}

/** Sequence numbers of a run that have arrived, each with the Message-IDs it came under. */
export function arrivals(host: MailHost, run: string): Map<number, string[]> {
  const found = new Map<number, string[]>()
  for (const { id, source } of host.messages) {
    const [ofRun, seq] = id?.split(':') ?? []
    if (ofRun !== run) continue
    const messageId = /^Message-ID: <([^@>]+)/im.exec(source.toString('latin1'))?.[1] ?? ''
    const known = found.get(Number(seq))
    if (known) known.push(messageId)
    else found.set(Number(seq), [messageId])
  }
  return found
}

export interface QueueState {
  total: number
  pending: number
  attemptsMax: number
}

/** Deliveries of the messages that were accepted. */
export async function queueState(
  postern: RunningPostern,
  ids: Iterable<string>,
): Promise<QueueState> {
  const [row] = await postern.query<{ total: number; pending: number; most: number | null }>(
    `select count(*)::integer as total, max(attempts)::integer as most,
            count(*) filter (where state in ('queued', 'attempting'))::integer as pending
       from postern.deliveries
      where message_id = any($1)`,
    [[...ids]],
  )
  return { total: row?.total ?? 0, pending: row?.pending ?? 0, attemptsMax: row?.most ?? 0 }
}

/** Until every accepted message is at the host and its outcome is in the database. */
export async function untilDelivered(
  accepted: ReadonlyMap<number, string>,
  {
    host,
    run,
    postern,
    seconds,
  }: { host: MailHost; run: string; postern: RunningPostern; seconds: number },
): Promise<void> {
  const missing = () => {
    const there = arrivals(host, run)
    return [...accepted.keys()].filter((seq) => !there.has(seq))
  }
  const arrived = waitFor(() => missing().length === 0, { what: 'every message', seconds })
  await arrived.catch(async (error: Error) => {
    const queue = await describeQueue(
      postern,
      missing().flatMap((seq) => accepted.get(seq) ?? []),
    )
    throw new Error(`${missing().length} of ${accepted.size} have not arrived: ${queue}`, {
      cause: error,
    })
  })
  await waitFor(async () => (await queueState(postern, accepted.values())).pending === 0, {
    what: 'the outcomes of all messages in the database',
    seconds,
  })
}

async function describeQueue(postern: RunningPostern, ids: string[]): Promise<string> {
  const rows = await postern.query(
    `select state, ready, fence, attempts, round(extract(epoch from due_at - now())) as due_in
       from postern.deliveries where message_id = any($1) limit 5`,
    [ids],
  )
  return `${JSON.stringify(rows)}\n${postern.output()}`
}

export function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false
  }
}
