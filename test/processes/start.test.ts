/** The supervisor over the smallest possible processes: what it gives them, keeps alive, and leaves behind. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { roles } from '../../src/config/role.ts'
import { isRoot } from '../../src/process/identity.ts'
import { askSupervisor } from '../../src/process/operator-socket.ts'
import { type Instance, runToEnd, startInstance } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'

const command = ['test/processes/fixtures/run-fakes.ts']
let instance: Instance

before(async () => {
  instance = await startInstance({ command })
})

after(async () => {
  await instance.stop()
})

interface Told {
  uid: number
  environment: string[]
  arguments: string[]
  handover: { vault: object | null; ticket: string; settings: { databaseUrl: string | null } }
}

async function ask(url: string): Promise<Told> {
  return (await (await fetch(url)).json()) as Told
}

test('a process gets its part by pipe only: no environment, no argument, no key that is not its own', async () => {
  const told = await ask(instance.apiUrl)
  assert.deepEqual(told.environment, [])
  assert.deepEqual(told.arguments, [])
  assert.equal(told.handover.vault, null)
  assert.equal(Buffer.from(told.handover.ticket, 'base64url').length, 32)
})

test('as root each process is a user of its own', { skip: !isRoot() }, async () => {
  const [api, inbox] = await Promise.all([ask(instance.apiUrl), ask(instance.inboxUrl)])
  assert.notEqual(api.uid, 0)
  assert.notEqual(inbox.uid, 0)
  assert.notEqual(api.uid, inbox.uid)
})

test('run.json names every process and door', () => {
  const { pids, ports, database, data_directory, sockets } = instance.runJson
  for (const name of [...roles, 'supervisor', 'postgres'] as const) {
    assert.equal(typeof pids[name], 'number', name)
  }
  const names = ['http', 'inbox', 'inbox_smtp', 'smtp', 'smtps', 'console'] as const
  for (const name of names) assert.ok(ports[name] > 0, name)
  assert.deepEqual(
    { ...database },
    { embedded: true, socket: join(sockets, 'pg'), port: 5432, name: 'postern' },
  )
  assert.ok(existsSync(join(data_directory ?? '', 'PG_VERSION')))
})

test('secrets in the home are for its owner only', () => {
  for (const name of [
    'root.key',
    'operator.token',
    'database.password',
    'run.json',
    'tls/key.pem',
  ]) {
    assert.equal(statSync(join(instance.home, name)).mode & 0o077, 0, name)
  }
})

test('a second start on the same home is refused and names the first', async () => {
  const { code, stderr } = await runToEnd(['bin/postern', 'run'], instance.environment)
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`already runs.*process ${instance.runJson.pids.supervisor}`))
})

test('the operator learns the login of a role, and a stranger is hung up on', async () => {
  const { code, stdout } = await instance.postern('database-url', 'api', '--json')
  assert.equal(code, 0)
  const { url } = JSON.parse(stdout)
  assert.equal(new URL(url).username, 'postern_api_a')
  const socket = join(instance.runJson.sockets, 'operator.sock')
  await assert.rejects(askSupervisor(socket, 'pst_op_wrong', { operation: 'status' }), /refused/)
})

for (const name of [...roles, 'postgres'] as const) {
  test(`${name} is started again after kill -9, on the same port, and that is said`, async () => {
    const { ports } = instance.runJson
    await instance.untilReplaced(name, instance.kill(name))
    assert.deepEqual(instance.runJson.ports, ports)
    assert.match(
      instance.output(),
      new RegExp(`${name} ended unexpectedly.*${name} runs again`, 's'),
    )
  })
}

test('after SIGKILL of the supervisor the rest ends by itself, and the next start finds everything', async () => {
  const own = await startInstance({ command })
  const key = readFileSync(join(own.home, 'root.key'), 'utf8')
  const { pids, sockets } = own.runJson
  own.kill('supervisor')
  const next = await startInstance({ command, home: own.home })
  // A process without a parent is gone only when init has noticed.
  for (const role of [...roles, 'postgres'] as const)
    await waitFor(() => !isAlive(pids[role]), { what: `the end of ${role}` })
  assert.equal(existsSync(sockets), false)
  assert.equal(readFileSync(join(own.home, 'root.key'), 'utf8'), key)
  assert.equal(await next.stop(), 0)
})

test('a clean stop ends every process and leaves no run.json and no sockets', async () => {
  const own = await startInstance({ command })
  const { pids, sockets } = own.runJson
  assert.equal(await own.stop({ keepHome: true }), 0)
  for (const [name, processId] of Object.entries(pids))
    assert.equal(isAlive(processId), false, name)
  assert.equal(existsSync(sockets), false)
  assert.equal(existsSync(join(own.home, 'run.json')), false)
  for (const role of roles) {
    const log = readFileSync(join(own.home, 'log', `${role}.log`), 'utf8')
    assert.match(log, /fake finished.*"event":"stopped"/s, `${role} was let finish`)
  }
  rmSync(own.home, { recursive: true })
})

test('an unknown setting stops the start and names the nearest right one', async () => {
  const environment = { ...instance.environment, POSTERN_HTPP_PORT: '1' }
  const { code, stderr } = await runToEnd(['bin/postern', 'run'], environment)
  assert.equal(code, 1)
  assert.match(stderr, /POSTERN_HTPP_PORT.*POSTERN_HTTP_PORT/)
})

function isAlive(processId: number | number[] | undefined): boolean {
  try {
    return process.kill([processId ?? []].flat()[0] ?? 0, 0)
  } catch {
    return false
  }
}
