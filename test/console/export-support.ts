/** Exports as a person makes them: a key, the start, the file, and what is in it. */
import assert from 'node:assert/strict'
import { createECDH } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type OpenedExport, openExport } from '../../src/core/exports/open-export.ts'
import type { Answer, Browser, PeopleConsole } from './people-console.ts'

const folder = mkdtempSync(join(tmpdir(), 'export-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let made = 0

export interface Key {
  publicKey: string
  privateKey: Buffer
}

export function newKey(): Key {
  const pair = createECDH('prime256v1')
  const publicKey = pair.generateKeys().toString('base64url')
  return {
    publicKey,
    privateKey: Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32),
  }
}

export function start(browser: Browser, key = newKey(), address?: string): Promise<Answer> {
  const body = { public_key: key.publicKey, ...(address !== undefined && { address }) }
  return browser.ask('POST', '/api/exports', body)
}

/** As a browser downloads it: with the cookie and nothing else. */
export function download(
  { origin }: Pick<PeopleConsole, 'origin'>,
  { cookie }: Browser,
  url: string,
): Promise<Response> {
  return fetch(origin + url, { headers: { cookie: `postern_session=${cookie}` } })
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into rows of every noun
type Row = any

export interface Taken extends OpenedExport {
  id: string
  sealed: Buffer
  folder: string
  rows(name: string): Row[]
  /** Everything in it, to look for what must or must not be there. */
  text(): string
}

/** The whole way: started, downloaded, opened. */
export async function takeExport(
  running: PeopleConsole,
  browser: Browser,
  address?: string,
): Promise<Taken> {
  const key = newKey()
  const { status, body } = await start(browser, key, address)
  assert.equal(status, 201, JSON.stringify(body))
  const answer = await download(running, browser, body.url)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; .*\.postern"$/)
  const sealed = Buffer.from(await answer.arrayBuffer())
  return { id: body.id, sealed, ...(await openBytes(sealed, key)) }
}

export async function openBytes(sealed: Buffer, { privateKey: key }: Key) {
  made += 1
  const file = join(folder, `${made}.postern`)
  writeFileSync(file, sealed)
  const target = join(folder, `${made}`)
  const opened = await openExport({ file, key, folder: target })
  const rows = (name: string): Row[] =>
    readFileSync(join(target, `${name}.ndjson`), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  const text = () =>
    readdirSync(target, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.\w+$/.test(name))
      .map((name) => readFileSync(join(target, name), 'utf8'))
      .join('\n')
  return { ...opened, folder: target, rows, text }
}
