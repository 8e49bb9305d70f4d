/** The fields of a schema as nested lists: name, kind, whether it must be there, and its rule. */

import type { JsonSchema } from '../../lib/openapi.ts'
import { escapeHtml, prose } from './html.ts'

const depthMax = 4
/** Rules that say no more than the kind does. */
const saidByKind = new Set(['a string', 'true or false'])

/** Callers must send some fields; of an answer it is the other way round: some may be missing. */
export type Direction = 'sent' | 'answered'

export function fieldList(schema: JsonSchema, direction: Direction, depth = 0): string {
  const { properties, required } = shapeOf(schema)
  const names = Object.keys(properties)
  if (names.length === 0 || depth >= depthMax) return ''
  const items = names.map((name) => {
    const inner = properties[name] ?? {}
    const mark = markOf(required.has(name), direction)
    const rule = typeof inner.description === 'string' ? inner.description : ''
    return [
      '<li>',
      `<code class="name">${escapeHtml(name)}</code>`,
      ` <span class="kind">${escapeHtml(kindOf(inner, { isRuled: rule !== '' }))}</span>`,
      mark === '' ? '' : ` <span class="must">${mark}</span>`,
      rule === '' || saidByKind.has(rule) ? '' : `<span class="rule">${prose(rule)}</span>`,
      fieldList(inner, direction, depth + 1),
      '</li>',
    ].join('')
  })
  return `<ul class="fields">${items.join('')}</ul>`
}

function markOf(isRequired: boolean, direction: Direction): string {
  if (direction === 'sent') return isRequired ? 'required' : ''
  return isRequired ? '' : 'not always there'
}

/** In words: `string or null`, `list of string`; the values that may stand there, unless a rule names them. */
export function kindOf(schema: JsonSchema, { isRuled = false } = {}): string {
  const branches = branchesOf(schema)
  if (branches.length > 0) {
    return [...new Set(branches.map((branch) => kindOf(branch, { isRuled })))].join(' or ')
  }
  const values = 'const' in schema ? [schema.const] : schema.enum
  if (Array.isArray(values)) {
    return isRuled ? 'string' : values.map((one) => JSON.stringify(one)).join(' or ')
  }
  if (schema.type === 'array') return `list of ${kindOf(itemsOf(schema))}`
  return typeof schema.type === 'string' ? schema.type : 'anything'
}

/** The object within: the schema itself, an entry of a list, or the branch of a union that has fields. */
function shapeOf(schema: JsonSchema): {
  properties: Record<string, JsonSchema>
  required: Set<string>
} {
  const inner =
    schema.type === 'array' ? itemsOf(schema) : branchesOf(schema).find((one) => isShape(one))
  if (inner && !isShape(schema)) return shapeOf(inner)
  return {
    properties: (schema.properties ?? {}) as Record<string, JsonSchema>, // JSON Schema says so
    required: new Set(schema.required as string[] | undefined),
  }
}

function isShape(schema: JsonSchema): boolean {
  return schema.type === 'array' ? isShape(itemsOf(schema)) : 'properties' in schema
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
  return (schema.anyOf ?? []) as JsonSchema[] // JSON Schema says so
}

function itemsOf(schema: JsonSchema): JsonSchema {
  return (schema.items ?? {}) as JsonSchema // JSON Schema says so
}
