/** The documents of the API: made of the routes, valid for others, whole, and what they show runs. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Compile } from 'typebox/schema'
import { errorsPage } from '../../src/api/reference/errors-doc.ts'
import { documentedErrors } from '../../src/api/resend/error-words.ts'
import type { JsonSchema, OpenApi, Operation } from '../../src/lib/openapi.ts'
import { type RunningApi, startApi } from './running-api.ts'

const checkout = resolve(import.meta.dirname, '../..')
const regenerate = 'run `npm run openapi` and commit what it writes'

let api: RunningApi
let text: string
let document: OpenApi
let page: string
before(async () => {
  api = await startApi()
  text = await (await fetch(`${api.url}/openapi.json`)).text()
  document = JSON.parse(text)
  page = await (await fetch(`${api.url}/docs`)).text()
})
after(() => api.end())

function operations(): [path: string, method: string, operation: Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      path,
      method,
      operation,
    ]),
  )
}

test('docs/openapi/resend.json is what the door serves', () => {
  const written = readFileSync(`${checkout}/docs/openapi/resend.json`, 'utf8')
  assert.ok(written === text, `docs/openapi/resend.json is stale: ${regenerate}`)
})

test('docs/errors.md is made of the table of errors', () => {
  const written = readFileSync(`${checkout}/docs/errors.md`, 'utf8')
  assert.ok(written === errorsPage(), `docs/errors.md is stale: ${regenerate}`)
})

test('the document is valid OpenAPI 3.1 in the eyes of others', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(text))
  assert.deepEqual(errors ?? [], [])
  assert.equal(valid, true)
})

test('every reference within the document leads somewhere', () => {
  const references = [...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path]) => path!)
  assert.ok(references.length > 100)
  for (const path of new Set(references)) {
    let at: unknown = document
    for (const part of path.split('/')) at = (at as Record<string, unknown>)[part]
    assert.ok(at, path)
  }
})

test('every operation has an id of its own, a summary, and words for what comes in and goes out', () => {
  const all = operations()
  assert.ok(all.length >= 12)
  for (const [path, method, operation] of all) {
    const place = `${method} ${path}`
    assert.ok(operation.operationId, place)
    assert.ok(operation.summary, place)
    assert.ok(operation.description, place)
    const { requestBody, responses, parameters = [] } = operation
    if (requestBody) assert.doesNotMatch(requestBody.description, /^The body is \.$/, place)
    for (const answer of Object.values(responses)) {
      if ('$ref' in answer) continue
      assert.notEqual(answer.description, '', place)
      assert.equal(Object.keys(answer.content ?? {}).length, 1, place)
    }
    for (const { name, description } of parameters) assert.ok(description, `${place} ${name}`)
    for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
      assert.ok(
        parameters.some((one) => one.in === 'path' && one.name === name),
        place,
      )
    }
  }
  for (const { name, description } of document.tags) assert.ok(description, `tag ${name}`)
  const ids = all.map(([, , operation]) => operation.operationId)
  assert.equal(new Set(ids).size, ids.length)
})

test('every field that is sent or answered has words, however deep it stands', () => {
  const places = schemas().flatMap(([place, schema]) => fieldsOf(place, schema))
  assert.ok(places.length > 500)
  const silent = places.filter(([, { description }]) => !description).map(([place]) => place)
  assert.deepEqual(silent, [], 'give each a `description` in its schema')
})

test('every body and every answer has an example, and each is what its schema says', () => {
  const shapes = schemas().filter(([, { type, $ref }]) => $ref === undefined && type !== 'string')
  assert.ok(shapes.length > 50)
  for (const [place, schema] of shapes) {
    const { examples } = schema as { examples?: unknown[] }
    assert.ok(examples && examples.length > 0, `${place} has no \`examples\` in its schema`)
    const whole = { ...schema, $defs: document.components.schemas }
    const text = JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')
    const validator = Compile(JSON.parse(text))
    for (const example of examples) {
      const [isRight, faults] = validator.Errors(example)
      assert.ok(isRight, `the example of ${place}: ${JSON.stringify(faults)}`)
    }
  }
})

/** Of each body and answer, the errors' too. */
function schemas(): [place: string, schema: JsonSchema][] {
  const found = operations().flatMap(([path, method, { requestBody, responses }]) => {
    const answers = Object.entries(responses).flatMap(([status, answer]) =>
      '$ref' in answer ? [] : contents(`${method} ${path} ${status}`, answer),
    )
    return [...(requestBody ? contents(`${method} ${path} body`, requestBody) : []), ...answers]
  })
  const { responses, schemas: shared } = document.components
  const errors = Object.entries(responses).flatMap(([status, one]) => contents(status, one))
  return [...found, ...errors, ...Object.entries(shared)]
}

function contents(
  place: string,
  { content = {} }: { content?: Readonly<Record<string, { schema: JsonSchema }>> },
): [string, JsonSchema][] {
  return Object.values(content).map(({ schema }) => [place, schema])
}

function fieldsOf(place: string, schema: JsonSchema): [place: string, schema: JsonSchema][] {
  const { properties = {}, items, anyOf = [], allOf = [], oneOf = [] } = schema as Inner
  const inner = Object.entries(properties).flatMap(([name, field]): [string, JsonSchema][] => [
    [`${place} ${name}`, field],
    ...fieldsOf(`${place} ${name}`, field),
  ])
  const branches = [...anyOf, ...allOf, ...oneOf, ...(items ? [items] : [])]
  return [...inner, ...branches.flatMap((branch) => fieldsOf(place, branch))]
}

interface Inner {
  properties?: Record<string, JsonSchema>
  items?: JsonSchema
  anyOf?: JsonSchema[]
  allOf?: JsonSchema[]
  oneOf?: JsonSchema[]
}

test('the errors of the document are those the door can give, with their statuses', () => {
  const inDocument = Object.entries(document.components.responses).flatMap(([status, answer]) => {
    const { properties } = answer.content!['application/json']!.schema
    const { name } = properties as { name: { enum: string[] } }
    return name.enum.map((one) => `${status} ${one}`)
  })
  const given = documentedErrors().map(({ status, name }) => `${status} ${name}`)
  assert.deepEqual(inDocument.sort(), [...new Set(given)].sort())
})

test('an answer has the headers that the document says every answer has', async () => {
  const { id, apiKey: key } = await api.newAccount()
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { dailyQuota: 10 } },
  )
  await api.storeAuthority(signed, 'account.limits')
  const { headers } = await api.call('GET', '/emails', { key })
  const documented = document.paths['/emails']?.get?.responses['200']
  assert.ok(documented && 'headers' in documented && documented.headers)
  for (const name of Object.keys(documented.headers)) assert.ok(headers.get(name), name)
  const counted = [...headers.keys()].filter((name) => /^(ratelimit-|x-|retry-)/.test(name))
  assert.deepEqual(counted.sort(), Object.keys(documented.headers).sort())
})

test('what a link opens is in the document as it answers: without a key, and in its own media type', async () => {
  for (const [path, token] of [
    ['/download/{token}', 'A'.repeat(43)],
    ['/shared/{token}', 'x'],
  ] as const) {
    const { security, responses, operationId } = document.paths[path]!.get!
    assert.ok(operationId)
    assert.deepEqual(security, [])
    const answer = await fetch(`${api.url}${path.replace('{token}', token)}`)
    const documented = responses[answer.status]
    assert.ok(documented && 'content' in documented, `${answer.status}`)
    const [[mediaType, { schema }] = assert.fail()] = Object.entries(documented.content ?? {})
    assert.ok(answer.headers.get('content-type')?.startsWith(mediaType))
    assert.deepEqual(schema.examples, [await answer.text()])
    for (const name of Object.keys(documented.headers ?? {})) assert.ok(answer.headers.get(name))
  }
})

test('the page takes nothing from elsewhere, runs no script but its own file, and needs no key', async () => {
  const answer = await fetch(`${api.url}/docs`)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.deepEqual(
    [...page.matchAll(/<script[^>]*>/g)].map(([tag]) => tag),
    ['<script type="module" src="/docs/reference.js">'],
  )
  assert.doesNotMatch(page, /\son\w+=|style=|<style/)
  const links = [...page.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, link]) => link!)
  for (const link of new Set(links)) {
    assert.match(link, /^\//)
    assert.equal((await fetch(`${api.url}${link}`)).status, 200, link)
  }
})

test('every link within the page has its target, and every target is there once', () => {
  const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
  const wanted = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  assert.ok(wanted.length > 20)
  assert.deepEqual(
    wanted.filter((id) => !ids.includes(id)),
    [],
  )
  for (const [, , { operationId }] of operations()) assert.ok(ids.includes(operationId))
})

test('examples carry the address the page was fetched from, and nothing a Host header smuggles in', async () => {
  assert.ok(page.includes(`curl ${api.url}/emails`))
  assert.ok((await pageFor('Mail.Example.org')).includes('curl http://mail.example.org/emails'))
  assert.ok((await pageFor('[::1]:8025')).includes('curl http://[::1]:8025/emails'))
  for (const host of ['a"><script>', "x'; rm -rf ~ #", '$(id)', 'a.example/evil', '[x]', 'a@b']) {
    assert.ok((await pageFor(host)).includes(`curl ${api.url}/emails`), host)
  }
})

function pageFor(host: string): Promise<string> {
  return new Promise((settle, reject) => {
    request(`${api.url}/docs`, { headers: { host } }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (part) => {
        body += part
      })
      answer.on('end', () => settle(body))
    })
      .on('error', reject)
      .end()
  })
}

for (const id of [
  'sendEmail',
  'sendEmails',
  'listEmails',
  'createDomain',
  'listDomains',
  'createApiKey',
  'listApiKeys',
  'addSuppression',
  'addSuppressions',
  'listSuppressions',
  'removeSuppressions',
  'listLogs',
  'getUsage',
]) {
  test(`the examples of ${id} run as they stand on the page`, async () => {
    const { apiKey: KEY } = await api.newAccount()
    const { apiKey: other } = await api.newAccount()
    const shell = JSON.parse(await run('bash', exampleOf(id, 'curl'), KEY))
    assert.equal(shell.statusCode, undefined, JSON.stringify(shell))
    assert.ok(shell.id ?? shell.data ?? shell.object, JSON.stringify(shell))
    const node = ['--input-type=module', '-']
    const said = await run(process.execPath, exampleOf(id, 'Node'), other, node)
    assert.match(said, /\bid: '|data: \[|object: 'usage'/)
    assert.doesNotMatch(said, /statusCode/)
  })
}

function exampleOf(id: string, language: string): string {
  const article = page.split('<article').find((part) => part.includes(` id="${id}"`))
  const source = new RegExp(`data-language="${language}".*?<code>(.*?)</code>`, 's').exec(article!)
  return source![1]!
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

function run(command: string, source: string, KEY: string, args: string[] = []): Promise<string> {
  const child = spawn(command, args, {
    cwd: checkout,
    env: { PATH: process.env.PATH ?? '', KEY },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (part) => {
    said += part
  })
  // A program that ends without reading is judged by how it ended.
  child.stdin.on('error', () => {})
  child.stdin.end(source)
  return new Promise((settle) => child.once('close', () => settle(said)))
}
