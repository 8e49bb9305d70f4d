/**
 * An OpenAPI 3.1 document, as far as we write one, and its parts that follow from the schemas of a route: they are JSON
 * Schema already, which 3.1 takes as it is.
 */
import type { TSchema } from 'typebox'

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: JsonSchema
}

export type JsonSchema = Readonly<Record<string, unknown>>

export interface Reference {
  $ref: string
}

export interface Answer {
  description: string
  headers?: Readonly<Record<string, Reference>>
  content?: Readonly<Record<string, { schema: JsonSchema }>>
}

export interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  /** Empty where no key is asked for. */
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: {
    description: string
    required: boolean
    content: Record<string, { schema: JsonSchema }>
  }
  responses: Record<string, Answer | Reference>
}

export interface OpenApi {
  openapi: '3.1.0'
  info: Record<string, unknown>
  servers: { url: string; description: string }[]
  security: Record<string, string[]>[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    securitySchemes: Record<string, unknown>
    headers: Record<string, { description: string; schema: JsonSchema }>
    schemas: Record<string, JsonSchema>
    responses: Record<string, Answer>
  }
}

/** What a route says of itself: with TypeBox, and words beside its schemas. */
export interface OperationSchema {
  operationId?: string
  summary?: string
  description?: string
  params?: TSchema
  querystring?: TSchema
  headers?: TSchema
  body?: TSchema
  /** The media type of a body that is not JSON. */
  consumes?: readonly string[]
  response?: Readonly<Record<string, TSchema>>
}

/** `/domains/:id` as the document writes it. */
export function documentPath(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}')
}

export function parametersIn(place: Parameter['in'], schema: TSchema | undefined): Parameter[] {
  const plain = schema && asJson(schema)
  const properties = (plain?.properties ?? {}) as Record<string, JsonSchema> // JSON Schema says so
  const required = new Set((plain?.required ?? []) as string[]) // as above
  return Object.entries(properties).map(([name, { description, ...inner }]) => ({
    name,
    in: place,
    required: required.has(name),
    ...(typeof description === 'string' && { description }),
    schema: inner,
  }))
}

export function bodyOf({ body, consumes }: OperationSchema): Operation['requestBody'] {
  const [mediaType = 'application/json'] = consumes ?? []
  if (!body) {
    if (!consumes) return undefined
    const description = `The body is what it is, as \`${mediaType}\`.`
    return { description, required: true, content: { [mediaType]: { schema: {} } } }
  }
  const { description, ...plain } = asJson(body)
  return {
    description: `The body is ${String(description ?? '')}.`,
    required: !mayBeNull(plain),
    content: { [mediaType]: { schema: plain } },
  }
}

function mayBeNull({ anyOf }: JsonSchema): boolean {
  return Array.isArray(anyOf) && anyOf.some((branch: JsonSchema) => branch.type === 'null')
}

/** What a route answers when all is well; a 204 has no body. */
export function successesOf(
  { response = {} }: OperationSchema,
  headers?: Answer['headers'],
): Record<string, Answer> {
  const answers: Record<string, Answer> = {}
  for (const [status, schema] of Object.entries(response)) {
    if (!/^2\d\d$/.test(status)) continue
    const { description, ...plain } = asJson(schema)
    answers[status] = {
      description: typeof description === 'string' ? description : '',
      ...(headers && { headers }),
      ...(status !== '204' && { content: { 'application/json': { schema: plain } } }),
    }
  }
  return answers
}

/** TypeBox keeps notes of its own beside the schema; what is left in JSON is the schema alone. */
function asJson(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema))
}
