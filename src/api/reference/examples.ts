/** The same call for a shell and for the vendor's client, ready to be pasted. */
import type { Operation } from '../../lib/openapi.ts'

export const jsonType = 'application/json'

export interface Example {
  language: 'curl' | 'Node' | 'Answer'
  source: string
}

export interface Call {
  method: string
  path: string
  operation: Operation
}

type Arguments = 'none' | 'body' | 'id' | 'id, body' | 'id in body'

/** What the vendor's client has for an operation; the rest is called with fetch. */
const clientCalls: Readonly<Record<string, [name: string, takes: Arguments]>> = {
  'POST /emails': ['emails.send', 'body'],
  'GET /emails': ['emails.list', 'none'],
  'GET /emails/{id}': ['emails.get', 'id'],
  'PATCH /emails/{id}': ['emails.update', 'id in body'],
  'POST /emails/{id}/cancel': ['emails.cancel', 'id'],
  'POST /emails/{id}/share': ['emails.share', 'id, body'],
  'POST /emails/batch': ['batch.send', 'body'],
  'POST /domains': ['domains.create', 'body'],
  'GET /domains': ['domains.list', 'none'],
  'GET /domains/{id}': ['domains.get', 'id'],
  'PATCH /domains/{id}': ['domains.update', 'id in body'],
  'POST /domains/{id}/verify': ['domains.verify', 'id'],
  'DELETE /domains/{id}': ['domains.remove', 'id'],
  'POST /domains/claim': ['domains.claims.create', 'body'],
  'GET /domains/{id}/claim': ['domains.claims.get', 'id'],
  'POST /domains/{id}/claim/verify': ['domains.claims.verify', 'id'],
  'POST /api-keys': ['apiKeys.create', 'body'],
  'GET /api-keys': ['apiKeys.list', 'none'],
  'PATCH /api-keys/{id}': ['apiKeys.update', 'id, body'],
  'DELETE /api-keys/{id}': ['apiKeys.remove', 'id'],
  'POST /suppressions': ['suppressions.add', 'body'],
  'GET /suppressions': ['suppressions.list', 'none'],
  'GET /suppressions/{id}': ['suppressions.get', 'id'],
  'DELETE /suppressions/{id}': ['suppressions.remove', 'id'],
  'POST /suppressions/batch/add': ['suppressions.batch.add', 'body'],
  'POST /suppressions/batch/remove': ['suppressions.batch.remove', 'body'],
  'GET /logs': ['logs.list', 'none'],
  'GET /logs/{id}': ['logs.get', 'id'],
  'GET /usage': ['usage.get', 'none'],
  'GET /emails/metrics': ['emails.metrics', 'none'],
}

export function exampleCalls(call: Call, address: string): Example[] {
  const { requestBody, security } = call.operation
  if (security?.length === 0) return [{ language: 'curl', source: openCurl(call, address) }]
  const [mediaType] = Object.keys(requestBody?.content ?? {})
  if (mediaType !== undefined && mediaType !== jsonType) return [curlFile(call, address, mediaType)]
  const source = requestBody && exampleBody(call.operation)
  return [
    { language: 'curl', source: curl(call, address, source) },
    {
      language: 'Node',
      source: clientCall(call, address, source) ?? fetchCall(call, address, source),
    },
  ]
}

/** What a call is answered, where that is JSON. */
export function answerExample({ responses }: Operation): Example[] {
  const [answer] = Object.values(responses)
  if (!answer || '$ref' in answer) return []
  const examples = answer.content?.[jsonType]?.schema.examples
  if (!Array.isArray(examples)) return []
  return [{ language: 'Answer', source: JSON.stringify(examples[0], null, 2) }]
}

/** To a file of the name that the answer gives, or to the screen. */
function openCurl({ path, operation }: Call, address: string): string {
  const answer = operation.responses['200']
  const isPage = answer && 'content' in answer && 'text/html' in (answer.content ?? {})
  return `curl${isPage ? '' : ' -OJ'} ${address}${shellPath(path)}`
}

function exampleBody({ requestBody }: Operation): unknown {
  const examples = requestBody?.content[jsonType]?.schema.examples
  return Array.isArray(examples) ? examples[0] : {}
}

function curlFile({ path }: Call, address: string, mediaType: string): Example {
  const source = [
    `curl ${address}${shellPath(path)}`,
    '-H "Authorization: Bearer $KEY"',
    `-H 'Content-Type: ${mediaType}'`,
    '--data-binary @message.eml',
  ]
  return { language: 'curl', source: source.join(' \\\n  ') }
}

function curl({ method, path, operation }: Call, address: string, body: unknown): string {
  const isPlain = method === (body === undefined ? 'GET' : 'POST')
  const key = operation.parameters?.some(({ name }) => name === 'Idempotency-Key')
  const parts = [
    `curl${isPlain ? '' : ` -X ${method}`} ${address}${shellPath(path)}`,
    '-H "Authorization: Bearer $KEY"',
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'"]),
    ...(key ? ["-H 'Idempotency-Key: order-1001'"] : []),
    ...(body === undefined ? [] : [`-d '${shellText(JSON.stringify(body, null, 2))}'`]),
  ]
  return parts.join(' \\\n  ')
}

/** `/emails/{id}` with a variable of the shell in the braces' place. */
function shellPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`)
}

function shellText(text: string): string {
  return text.replaceAll("'", "'\\''")
}

function clientCall({ method, path }: Call, address: string, body: unknown): string | undefined {
  const [name, takes] = clientCalls[`${method} ${path}`] ?? []
  if (name === undefined) return undefined
  const id = 'process.env.ID'
  const fields = body === undefined ? '' : literal(camelFields(body))
  const withId = fields === '{}' ? `{ id: ${id} }` : fields.replace(/^\{/, `{\n  id: ${id},`)
  const values = {
    none: '',
    body: fields,
    id,
    'id, body': `${id}, ${fields}`,
    'id in body': withId,
  }
  return [
    "import { Resend } from 'resend'",
    '',
    'const resend = new Resend(process.env.KEY, {',
    `  baseUrl: '${address}',`,
    '})',
    `const { data, error } = await resend.${name}(${values[takes ?? 'none']})`,
    'console.log(data ?? error)',
  ].join('\n')
}

function fetchCall({ method, path }: Call, address: string, body: unknown): string {
  const url = `${address}${path.replace(/\{(\w+)\}/g, (_, name: string) => `\${process.env.${name.toUpperCase()}}`)}`
  const lines = [
    `const answer = await fetch(\`${url}\`, {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    '  headers: {',
    "    Authorization: 'Bearer ' + process.env.KEY,",
    ...(body === undefined ? [] : ["    'Content-Type': 'application/json',"]),
    '  },',
    ...(body === undefined ? [] : [`  body: JSON.stringify(${indent(literal(body))}),`]),
    '})',
    'console.log(await answer.json())',
  ]
  return lines.join('\n')
}

/** The client takes camelCase where the wire has snake_case, but for what callers name themselves. */
function camelFields(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(camelFields)
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}

/** JSON as one would write it in JavaScript. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replace(/^(\s*)"([A-Za-z_]\w*)":/gm, '$1$2:')
    .replace(/"((?:[^"\\]|\\.)*)"/g, (text, inner: string) =>
      /['\\]/.test(inner) ? text : `'${inner}'`,
    )
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n  ')
}
