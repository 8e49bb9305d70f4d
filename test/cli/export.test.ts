/** `postern export open`: what was sealed to a key comes out of it, and what was cut, changed or reordered does not. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { ArchiveWriter, type ManifestHead } from '../../src/core/exports/archive.ts'
import { openExport } from '../../src/core/exports/open-export.ts'
import { ByteWriter } from '../../src/lib/bytes.ts'
import { StreamSealer } from '../../src/lib/sealed-stream.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { type Key, newKey } from '../console/export-support.ts'
import { runToEnd } from '../support/instance.ts'

const folder = mkdtempSync(join(tmpdir(), 'export-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const checkout = resolve(import.meta.dirname, '../..')
const key = newKey()
const keyFile = join(folder, 'key.txt')
writeFileSync(keyFile, keyText(key))
const head: ManifestHead = {
  kind: 'account',
  account_id: uuidv7(1),
  exported_at: '2026-11-26T00:00:00.000Z',
  ledger_line: '7',
}
const messageId = uuidv7(2)
const source = randomBytes(3_000_000)
let made = 0

function keyText({ privateKey }: Key): string {
  return `# An export key.\npostern-export-key-1 ${privateKey.toString('base64url')}\n`
}

function pieces(): Buffer[] {
  const archive = new ArchiveWriter()
  const account = archive.rows('account', [{ id: head.account_id, name: 'A\u2028B' }])
  const { stored, piece } = archive.content(messageId, source)
  const messages = archive.rows('messages', [
    { id: messageId, content: stored, subject: 'x\u2028y' },
  ])
  return [account, piece, messages, archive.manifest(head).piece]
}

function sealed(parts: readonly Buffer[] = pieces()): Buffer {
  const sealer = new StreamSealer(Buffer.from(key.publicKey, 'base64url'))
  return Buffer.concat([sealer.header, ...parts.map((part) => sealer.push(part)), sealer.end()])
}

function stored(bytes: Buffer, name?: string): string {
  made += 1
  const file = join(folder, name ?? `${made}.postern`)
  writeFileSync(file, bytes)
  return file
}

function postern(...args: string[]) {
  return runToEnd([join(checkout, 'bin/postern'), 'export', 'open', ...args], {
    PATH: process.env.PATH ?? '',
  })
}

test('an export opens into a folder beside it, and says what is in it', async () => {
  const file = stored(sealed(), 'mine.postern')
  const { code, stdout, stderr } = await postern(file, '--key', keyFile)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /everything of the account/)
  assert.match(stdout, /messages\.ndjson\s+1 row\n/)
  assert.ok(readFileSync(join(folder, 'mine/messages', `${messageId}.eml`)).equals(source))
  assert.equal(statSync(join(folder, 'mine')).mode & 0o077, 0)
  const hash = createHash('sha256').update(readFileSync(join(folder, 'mine/manifest.json')))
  assert.ok(stdout.includes(hash.digest('hex')))
  const again = await postern(file, '--key', keyFile)
  assert.equal(again.code, 1)
  assert.match(again.stderr, /is there already; name another folder with --to/)
  const json = await postern(file, '--key', keyFile, '--to', join(folder, 'json'), '--json')
  assert.deepEqual(JSON.parse(json.stdout).files, { 'account.ndjson': 1, 'messages.ndjson': 1 })
})

test('cut, it is refused by name, and nothing is left behind', async () => {
  const file = stored(sealed().subarray(0, 1_000_000))
  const { code, stderr } = await postern(file, '--key', keyFile)
  assert.equal(code, 1)
  assert.match(stderr, /was not opened: its part 16 was changed, or it was cut off in it/)
  const before = readdirSync(folder).filter((name) => name.includes('unfinished'))
  assert.deepEqual(before, [])
  assert.ok(!existsSync(file.replace('.postern', '')))
})

test('what is missing or is no key is said with the way out', async () => {
  const file = stored(sealed())
  const other = join(folder, 'other.txt')
  writeFileSync(other, keyText(newKey()))
  const cases: [string[], RegExp][] = [
    [[file], /--key must be given/],
    [[file, '--key', join(folder, 'none')], /there is no file .*none/],
    [[join(folder, 'none.postern'), '--key', keyFile], /there is no file .*none\.postern/],
    [[file, '--key', file], /holds no export key/],
    [[file, '--key', other], /was made for the key [0-9a-f]{8}, and this is the key [0-9a-f]{8}/],
    [[keyFile, '--key', keyFile, '--to', join(folder, 'k')], /it is too short|is no export/],
  ]
  for (const [args, said] of cases) {
    const { code, stderr } = await postern(...args)
    assert.ok(code === 1 || code === 2, args.join(' '))
    assert.match(stderr, said)
  }
})

async function refusal(bytes: Buffer): Promise<string> {
  const file = stored(bytes)
  const target = join(folder, 'never')
  const open = openExport({ file, key: key.privateKey, folder: target })
  const error = await open.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(!existsSync(target))
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('unfinished')),
    [],
  )
  return error instanceof Error ? error.message : 'none'
}

test('one bit changed anywhere, and chunks in another order, are refused', async () => {
  const whole = sealed()
  for (const at of [3, 50, 200, 1_500_000, whole.length - 3]) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 4
    assert.notEqual(await refusal(changed), 'none', `at ${at}`)
  }
  const [chunk, header] = [64 * 1024 + 16, 97]
  const at = (n: number) => header + n * chunk
  const swapped = Buffer.concat([
    ...[whole.subarray(0, at(3)), whole.subarray(at(4), at(5))],
    ...[whole.subarray(at(3), at(4)), whole.subarray(at(5))],
  ])
  assert.match(await refusal(swapped), /its part 4 was changed, or stands in the wrong place/)
})

/** Whoever has the public key can seal what they like to it: what is inside is not believed either. */
test('what its own manifest does not say is refused, naming the file', async () => {
  const [account, content, messages, manifest] = pieces()
  assert.ok(account && content && messages && manifest)
  const named = (name: string, text: string) =>
    new ByteWriter().text(name).field(Buffer.from(text)).done()
  const of = (...parts: Buffer[]) => refusal(sealed(parts))
  assert.match(await of(content, messages, manifest), /account\.ndjson is missing/)
  assert.match(await of(account, messages, manifest), /messages\/.*\.eml is missing/)
  assert.match(await of(account, content, messages), /it has no manifest/)
  assert.match(
    await of(account, account, content, messages, manifest),
    /account\.ndjson is not what/,
  )
  assert.match(
    await of(account, content, content, messages, manifest),
    /eml is not what its message/,
  )
  assert.match(await of(account, content, messages, manifest, account), /behind its manifest/)
  const more = named(`messages/${uuidv7(3)}.eml`, 'more')
  assert.match(await of(account, more, content, messages, manifest), /it has 2 contents/)
  assert.match(
    await of(account, named('usage.ndjson', '{}\n'), content, messages, manifest),
    /does not name usage\.ndjson/,
  )
  assert.match(await of(account.subarray(0, 30)), /its last piece is not whole/)
})

test('no name leads out of the folder', async () => {
  const names = [
    '../evil',
    '/tmp/evil',
    'messages/../../evil.eml',
    'messages/x.eml',
    'evil.txt',
    `messages/${messageId}.eml/../../x`,
    'x'.repeat(200),
  ]
  for (const name of names) {
    const piece = new ByteWriter().text(name).field(Buffer.from('x')).done()
    assert.match(await refusal(sealed([piece])), /names a file as Postern never does/, name)
  }
  assert.ok(!existsSync(join(folder, 'evil')) && !existsSync(join(tmpdir(), 'evil')))
})

test('an empty folder is taken, one with something in it is left alone', async () => {
  const file = stored(sealed())
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  assert.equal((await postern(file, '--key', keyFile, '--to', empty)).code, 0)
  assert.ok(existsSync(join(empty, 'manifest.json')))
})
