/** The documents do what they say: blocks marked `run` run as written, and links lead somewhere. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { type Instance, startInstance } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'
import { type Block, blocksOf } from './blocks.ts'

const checkout = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(checkout, file), 'utf8')
const guides = globSync('docs/**/*.md', { cwd: checkout }).sort()

const commands: Readonly<Record<string, string>> = {
  sh: 'bash -eu -o pipefail',
  js: `${process.execPath} --input-type=module -`,
}

let instance: Instance
let folder: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guides-'))
  instance = await startInstance()
})
after(async () => {
  await instance.stop()
  rmSync(folder, { recursive: true })
})

/** The README's blocks have no mark, since it is read on its own: its shell and its Node run. */
function runnable(file: string): Block[] {
  const blocks = blocksOf(read(file))
  return file === 'README.md'
    ? blocks.filter(({ language }) => language in commands)
    : blocks.filter(({ isRun }) => isRun)
}

/** The instance of the test in the place of the default ports and the default folder. */
function here(text: string): string {
  const { http, inbox, smtp, smtps } = instance.runJson.ports
  return text
    .replaceAll('127.0.0.1:8025', `127.0.0.1:${http}`)
    .replaceAll('127.0.0.1:8027', `127.0.0.1:${inbox}`)
    .replaceAll(/\b2587\b/g, String(smtp))
    .replaceAll(/\b2465\b/g, String(smtps))
    .replaceAll('.postern/', `${instance.home}/`)
}

for (const file of ['README.md', ...guides]) {
  const blocks = runnable(file)
  if (blocks.length === 0) continue
  test(`${file}: what it says to run runs, and its messages arrive`, async () => {
    const state = join(folder, file.replaceAll('/', '-'))
    for (const block of blocks) await runBlock(file, block, state)
    const subjects = blocks.flatMap(({ text }) => subjectsOf(text))
    assert.ok(subjects.length > 0)
    for (const subject of subjects) await untilDelivered(subject)
  })
}

/** What a shell exports is there for the blocks after it, as in a reader's own shell. */
async function runBlock(file: string, block: Block, state: string): Promise<void> {
  const { language, line, text } = block
  const command = commands[language]
  assert.ok(command, `${file}:${line} nothing here runs ${language}`)
  const known = existsSync(state) ? `. ${state}\n` : ''
  const source =
    language === 'sh'
      ? ['bash', ['-eu', '-o', 'pipefail', '-c', `${known}${here(text)}\nexport -p > ${state}`], '']
      : ['bash', ['-eu', '-c', `${known}exec ${command}`], here(text)]
  const [program, args, input] = source as [string, string[], string] // the two forms above
  const { code, output } = await runToEnd(program, args, input)
  assert.equal(code, 0, `${file}:${line}\n${output}`)
  assert.doesNotMatch(output, /statusCode/, `${file}:${line}\n${output}`)
}

function runToEnd(program: string, args: string[], input: string) {
  const child = spawn(program, args, {
    cwd: checkout,
    env: { PATH: process.env.PATH ?? '', HOME: folder },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      output += part
    })
  }
  // A program that ends without reading is judged by how it ended.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise<{ code: number | null; output: string }>((settle) => {
    child.once('close', (code) => settle({ code, output }))
  })
}

function subjectsOf(text: string): string[] {
  return [...text.matchAll(/["']?subject["']?: ?["']([^"']+)["']|^Subject: (.+)$/gim)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  )
}

async function untilDelivered(subject: string): Promise<void> {
  const isDelivered = async () => {
    const answer = await fetch(`${instance.apiUrl}/emails?limit=100`, {
      headers: { authorization: `Bearer ${instance.key}` },
    })
    const { data } = (await answer.json()) as { data: { subject: string; last_event: string }[] }
    return data.some((one) => one.subject === subject && one.last_event === 'delivered')
  }
  await waitFor(isDelivered, { what: `"${subject}" to be delivered`, seconds: 20 })
}

test('the reference is served by the real process, behind its fence', async () => {
  for (const path of ['/docs', '/docs/reference.css', '/docs/reference.js', '/openapi.json']) {
    assert.equal((await fetch(`${instance.apiUrl}${path}`)).status, 200, path)
  }
})

const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: checkout }).sort()

test('every link from a page to another, and to a heading, leads somewhere', () => {
  assert.ok(pages.length > 15)
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link))
      .map((link) => `${page}: ${link}`),
  )
  assert.deepEqual(broken, [])
})

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(checkout, target))) return false
  return heading === undefined || headingsOf(read(target)).includes(heading)
}

/** As the hosts of repositories make anchors: lower case, punctuation gone, blanks as hyphens. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
    text!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/ /g, '-'),
  )
}

test('docs/README.md leads to every page of the documents', () => {
  const index = read('docs/README.md')
  const missing = globSync('docs/**/*.md', { cwd: checkout })
    .filter((page) => page !== 'docs/README.md' && !page.startsWith('docs/decisions/'))
    .filter((page) => !index.includes(`(${page.slice('docs/'.length)})`))
  assert.deepEqual(missing, [])
})
