/** The error answers of the document, one for each status, made of the dialect's own table. */
import type { TSchema } from 'typebox'
import type { Answer, JsonSchema, Reference } from '../../lib/openapi.ts'
import { type DocumentedError, documentedErrors } from '../resend/error-words.ts'
import type { DocumentedRoute } from './documented-route.ts'

type Headers = Readonly<Record<string, Reference>>

/** Statuses that pass with time: their answers say when to come again. */
export function isPassing(status: number): boolean {
  return status === 429 || status === 503
}

/** They say that a request was for no operation at all, so no operation lists them. */
const ofNoOperation = new Set([405, 408, 431])

const errors = documentedErrors()
const statuses = [...new Set(errors.map(({ status }) => status))]

const conditions: Readonly<Record<number, (route: DocumentedRoute) => boolean>> = {
  400: hasBody,
  404: ({ url }) => url.includes(':'),
  409: ({ documented: { headers } }) => propertiesOf(headers).has('Idempotency-Key'),
  413: hasBody,
}

export function errorStatuses(route: DocumentedRoute): number[] {
  const own = new Set(route.documented.statuses)
  return statuses.filter((status) => {
    if (ofNoOperation.has(status)) return false
    return own.has(status) || (conditions[status]?.(route) ?? true)
  })
}

export function errorAnswers({
  headers,
  laterHeaders,
}: {
  headers: Headers
  laterHeaders: Headers
}): { schemas: Record<string, JsonSchema>; responses: Record<string, Answer> } {
  const responses = statuses.map((status): [string, Answer] => {
    const here = errors.filter((one) => one.status === status)
    const names = [...new Set(here.map(({ name }) => name))]
    return [
      String(status),
      {
        description: here.map(sentence).join('\n'),
        headers: isPassing(status) ? laterHeaders : headers,
        content: {
          'application/json': {
            schema: {
              allOf: [{ $ref: '#/components/schemas/Error' }],
              properties: {
                statusCode: { const: status, description: 'The status of this answer.' },
                name: { enum: names, description: 'Which of the errors of this status it is.' },
              },
              examples: here.slice(0, 1).map(errorExample),
            },
          },
        },
      },
    ]
  })
  return { schemas: { Error: errorSchema() }, responses: Object.fromEntries(responses) }
}

function errorExample({ status, name, when, fix }: DocumentedError) {
  return { statusCode: status, name, message: `${when[0]?.toUpperCase()}${when.slice(1)}. ${fix}` }
}

function sentence({ name, when, fix }: DocumentedError): string {
  return `- \`${name}\`: ${when}. ${fix}`
}

function errorSchema(): JsonSchema {
  return {
    type: 'object',
    required: ['statusCode', 'name', 'message'],
    examples: errors.slice(0, 1).map(errorExample),
    properties: {
      statusCode: { type: 'integer', description: 'The status of the answer.' },
      name: {
        type: 'string',
        enum: [...new Set(errors.map(({ name }) => name))].sort(),
        description: 'The kind of error, for programs; together with the status it is decisive.',
      },
      message: { type: 'string', description: 'The field, the rule, and what to do.' },
    },
  }
}

function propertiesOf(schema: TSchema | undefined): Set<string> {
  const known = schema && 'properties' in schema ? schema.properties : {}
  return new Set(Object.keys(known as object)) // JSON Schema says so
}

function hasBody({ schema, documented }: DocumentedRoute): boolean {
  return (documented.body ?? schema.body ?? schema.consumes) !== undefined
}
