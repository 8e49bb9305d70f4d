/** Drill D1: a secret in the dashboard's sources stops the build, the command and the start. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { type DashboardOptions, dashboardFiles } from '../../src/console/dashboard-files.ts'
import { checkBundle } from '../../src/core/bundle/check-bundle.ts'
import { readBundle } from '../../src/core/bundle/read-bundle.ts'
import { StartRefused } from '../../src/process/run.ts'
import { buildDashboard } from '../browser/support/bundle.ts'

const checkout = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'bundle-'))
const out = join(folder, 'dist')
const databaseUrl = 'postgres://pn_console:hunter2hunter2@db.internal:5432/postern'
const firstLoadBytesMax = 200 * 1024

before(() => {
  const { code, stderr } = buildDashboard({ out })
  assert.equal(code, 0, stderr)
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function serving(options: Partial<DashboardOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(dashboardFiles, { files: readBundle(out), secrets: new Map(), ...options })
  return app
}

test('a build with a database URL in a component fails, names the file, and leaves nothing behind', () => {
  const planted = join(folder, 'planted')
  cpSync(join(checkout, 'dashboard'), join(planted, 'dashboard'), {
    recursive: true,
    filter: (path) => !path.endsWith('/dist'),
  })
  symlinkSync(join(checkout, 'node_modules'), join(planted, 'node_modules'))
  const page = join(planted, 'dashboard/src/pages/sign-in.tsx')
  appendFileSync(page, `\nexport const database = '${databaseUrl}'\n`)
  const from = join(planted, 'dashboard')
  const { code, stderr } = buildDashboard({ from, out: join(planted, 'out') })
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^assets\/sign-in-[\w-]+\.js:\d+: database URL$/m)
  assert.doesNotMatch(stderr, /hunter2/)
  assert.ok(!existsSync(join(planted, 'out')) && !existsSync(join(planted, 'out.new')))
})

test('the real bundle holds no secret, no source map, and no inline script or style', () => {
  const files = readBundle(out)
  assert.ok(files.length >= 5, `only ${files.length} files`)
  assert.deepEqual(checkBundle(files, new Map()), [])
  const page = files.find(({ path }) => path === 'index.html')?.bytes.toString() ?? ''
  assert.match(page, /<script[^>]+src="\/assets\/index-[\w-]+\.js"/)
  assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/)
})

test('the gallery is not in the bundle, and the first load is below 200 KB compressed', () => {
  const files = readBundle(out)
  for (const { path, bytes } of files) assert.ok(!bytes.includes('Harbour Books'), path)
  const page = files.find(({ path }) => path === 'index.html')?.bytes.toString() ?? ''
  const first = files.filter(({ path }) => path === 'index.html' || page.includes(path))
  const bytes = first.reduce((sum, file) => sum + gzipSync(file.bytes).length, 0)
  assert.ok(
    first.length >= 3 && bytes < firstLoadBytesMax,
    `${bytes} bytes in ${first.length} files`,
  )
})

test('the command names file and kind, ends with 1, and never shows the secret', () => {
  const leaking = join(folder, 'leaking')
  cpSync(out, leaking, { recursive: true })
  writeFileSync(join(leaking, 'assets/leak.js'), `a="${databaseUrl}"`)
  const run = (path: string) =>
    spawnSync(process.execPath, ['bin/postern', 'bundle', 'check', path, '--json'], {
      cwd: checkout,
      encoding: 'utf8',
    })
  const bad = run(leaking)
  assert.equal(bad.status, 1, bad.stderr)
  assert.deepEqual(JSON.parse(bad.stdout).data, [
    { file: 'assets/leak.js', offset: 3, kind: 'database URL' },
  ])
  assert.doesNotMatch(bad.stdout, /hunter2/)
  assert.equal(run(out).status, 0)
})

test('the door refuses to open on a secret, on a secret of its own environment, and without a bundle', async () => {
  const leak = { path: 'assets/leak.js', bytes: Buffer.from(`a="${databaseUrl}"`) }
  const files = readBundle(out)
  await assert.rejects(serving({ files: [...files, leak] }), (error) => {
    assert.ok(error instanceof StartRefused)
    assert.match(error.message, /database URL in assets\/leak\.js at byte 3/)
    assert.doesNotMatch(error.message, /hunter2/)
    return true
  })
  const own = { path: 'assets/own.js', bytes: Buffer.from('a="a pepper, a salt"') }
  const secrets = new Map([['POSTERN_PEPPER', 'a pepper, a salt']])
  await assert.rejects(
    serving({ files: [...files, own], secrets }),
    /POSTERN_PEPPER in assets\/own\.js/,
  )
  await assert.rejects(serving({ files: [] }), /has not been built/)
})

test('pages get index.html, files their bytes, and what is neither a 404', async () => {
  const app = await serving()
  for (const url of ['/', '/domains/01890a5d?tab=records', '/sign-in']) {
    const { statusCode, body, headers } = await app.inject(url)
    assert.equal(statusCode, 200, url)
    assert.match(body, /id="root"/)
    assert.equal(headers['cache-control'], 'no-cache')
  }
  for (const url of [
    '/api',
    '/api/nothing',
    '/assets/none-12345678.js',
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/a.js.map',
  ]) {
    assert.equal((await app.inject(url)).statusCode, 404, url)
  }
  await app.close()
})

test('what has a hash in its name is kept for ever; everything comes compressed when asked', async () => {
  const app = await serving()
  const script = readBundle(out).find(({ path }) => /^assets\/index-.*js$/.test(path))
  assert.ok(script)
  const url = `/${script.path}`
  const plain = await app.inject(url)
  assert.ok(plain.rawPayload.equals(script.bytes))
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
  const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } })
  assert.equal(packed.headers['content-encoding'], 'gzip')
  assert.ok(packed.rawPayload.length < script.bytes.length / 2)
  const none = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=0' } })
  assert.equal(none.headers['content-encoding'], undefined)
  const again = await app.inject({ url, headers: { 'if-none-match': String(plain.headers.etag) } })
  assert.equal(again.statusCode, 304)
  await app.close()
})

test('every answer carries the strict headers, and frames only from where they were allowed', async () => {
  const app = await serving({ frameOrigins: ['http://127.0.0.1:8031'] })
  const { headers } = await app.inject('/')
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/)
  assert.match(
    policy,
    /frame-src http:\/\/127\.0\.0\.1:8031; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
  )
  assert.doesNotMatch(policy, /unsafe|\*/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
  await app.close()
  const closed = await serving()
  assert.match(
    String((await closed.inject('/')).headers['content-security-policy']),
    /frame-src 'none'/,
  )
  await closed.close()
})
