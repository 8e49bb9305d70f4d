/** Makes input that a schema takes, so that a route is refused for who asks and not for what they send. */
import { randomUUID } from 'node:crypto'
import type { TSchema } from 'typebox'

/** A text for each pattern that a route of console asks for; a new one is named here. */
const textOf: Record<string, string> = {
  '^[0-9]{1,18}$': '1',
  '\\S': 'a name',
  '^[0-9]{6}$': '123456',
  '^[A-Za-z0-9_-]{43}$': 'a'.repeat(43),
}

interface JsonSchema {
  type?: string
  anyOf?: JsonSchema[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, JsonSchema>
  required?: string[]
  minProperties?: number
  items?: JsonSchema
  minItems?: number
  minLength?: number
  minimum?: number
  format?: string
  pattern?: string
}

export function wellFormed(schema: TSchema | undefined): unknown {
  // What TypeBox makes is JSON Schema.
  return schema === undefined ? undefined : sampleOf(JSON.parse(JSON.stringify(schema)))
}

function sampleOf(schema: JsonSchema): unknown {
  if ('const' in schema) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf?.[0]) return sampleOf(schema.anyOf[0])
  switch (schema.type) {
    case 'object':
      return objectFor(schema)
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}))
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return false
    case 'null':
      return null
    default:
      return textFor(schema)
  }
}

/** What must be there, and as many others as it takes. */
function objectFor({ properties = {}, required = [], minProperties = 0 }: JsonSchema) {
  const entries = Object.entries(properties)
  const must = entries.filter(([name]) => required.includes(name))
  const may = entries.filter(([name]) => !required.includes(name))
  const more = may.slice(0, Math.max(0, minProperties - must.length))
  return Object.fromEntries([...must, ...more].map(([name, inner]) => [name, sampleOf(inner)]))
}

function textFor({ format, pattern, minLength = 1 }: JsonSchema): string {
  if (format === 'uuid') return randomUUID()
  if (format === 'date-time') return '2026-01-01T00:00:00Z'
  if (format === 'email') return 'somebody@example.com'
  if (pattern === undefined) return 'a'.repeat(Math.max(1, minLength))
  const text = textOf[pattern]
  if (text !== undefined) return text
  throw new Error(`say in test/console/well-formed.ts which text fits ${pattern}`)
}
