/**
 * Writes dashboard/src/api/types.ts from docs/openapi/console.json: for each operation the type of its body, of its query
 * and of its 2xx answer. Another document and another file may be named.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Schema {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  $ref?: string
}

interface Content {
  content?: Record<string, { schema?: Schema }>
}

interface Operation {
  operationId?: string
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[]
  requestBody?: Content
  responses?: Record<string, Content>
}

export interface Document {
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

const methods = ['get', 'post', 'put', 'patch', 'delete']
const header = `/**
 * Written by \`npm run console:types\` from docs/openapi/console.json; change the console's schemas instead. \`…Body\` is
 * what an operation is given, \`…Query\` what stands behind the question mark, \`…Answer\` what it says when all is well.
 */
`

export function renderTypes({ paths, components = {} }: Document): string {
  const named = Object.entries(components.schemas ?? {}).map(
    ([name, schema]) => [name, schema] as const,
  )
  const operations = Object.values(paths).flatMap((path) =>
    methods.flatMap((method) => path[method] ?? []),
  )
  const types = [...named, ...operations.flatMap(typesOf)].map(
    ([name, schema]): [string, string] => [typeName(name), typeOf(schema, 0)],
  )
  const names = types.map(([name]) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw new Error(`two types would be ${twice}: rename an operationId`)
  return [header, ...types.map(([name, type]) => `export type ${name} = ${type}\n`)].join('\n')
}

function typesOf(operation: Operation): [name: string, schema: Schema][] {
  const { operationId, parameters = [], requestBody, responses = {} } = operation
  if (operationId === undefined) throw new Error('every operation needs an operationId')
  const body = jsonOf(requestBody)
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, answer]) => jsonOf(answer) ?? [])
  const asked = parameters.filter((one) => one.in === 'query')
  return [
    ...(body ? [[`${operationId}Body`, body] as [string, Schema]] : []),
    ...(asked.length > 0 ? [[`${operationId}Query`, objectOf(asked)] as [string, Schema]] : []),
    ...(answers.length > 0
      ? [
          [
            `${operationId}Answer`,
            answers.length === 1 ? (answers[0] ?? {}) : { anyOf: answers },
          ] as [string, Schema],
        ]
      : []),
  ]
}

function jsonOf(content: Content | undefined): Schema | undefined {
  return content?.content?.['application/json']?.schema
}

function objectOf(parameters: NonNullable<Operation['parameters']>): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema = {} }) => [name, schema])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  }
}

function typeOf(schema: Schema, depth: number): string {
  if (schema.$ref) return typeName(schema.$ref.split('/').at(-1) ?? '')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)))
  const several = schema.anyOf ?? schema.oneOf
  if (several) return union(several.map((one) => typeOf(one, depth)))
  if (schema.allOf) return schema.allOf.map((one) => `(${typeOf(one, depth)})`).join(' & ')
  const types = [schema.type ?? (schema.properties ? 'object' : 'any')].flat()
  return union(types.map((type) => typeNamed(type, schema, depth)))
}

function typeNamed(type: string, schema: Schema, depth: number): string {
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'string' || type === 'boolean' || type === 'null') return type
  if (type === 'array') return `(${typeOf(schema.items ?? {}, depth)})[]`
  if (type === 'object') return objectType(schema, depth)
  return 'unknown'
}

function objectType(
  { properties = {}, required = [], additionalProperties }: Schema,
  depth: number,
): string {
  const indent = '  '.repeat(depth + 1)
  const lines = Object.entries(properties).map(([name, schema]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
    return `${indent}${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema, depth + 1)}`
  })
  if (lines.length > 0) return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`
  const value =
    typeof additionalProperties === 'object' ? typeOf(additionalProperties, depth) : 'unknown'
  return additionalProperties === false ? 'Record<string, never>' : `Record<string, ${value}>`
}

function union(members: string[]): string {
  return [...new Set(members)].join(' | ')
}

function typeName(name: string): string {
  const words = name.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string = '') => next.toUpperCase())
  return words.charAt(0).toUpperCase() + words.slice(1)
}

if (import.meta.main) {
  const [from = '../docs/openapi/console.json', to = '../dashboard/src/api/types.ts'] =
    process.argv.slice(2)
  const path = (name: string) =>
    name.startsWith('..') ? fileURLToPath(new URL(name, import.meta.url)) : name
  const document = JSON.parse(readFileSync(path(from), 'utf8')) as Document // of our own making
  writeFileSync(path(to), renderTypes(document))
}
