/** Types of the dashboard, written from an OpenAPI document. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import ts from 'typescript'
import { type Document, renderTypes } from '../../scripts/console-types.ts'

const resend = JSON.parse(
  readFileSync(new URL('../../docs/openapi/resend.json', import.meta.url), 'utf8'),
) as Document

/** What the compiler says of the types with a program that uses them. */
function faults(types: string, use: string): string[] {
  const source = ts.createSourceFile('types.ts', `${types}\n${use}`, ts.ScriptTarget.ES2024, true)
  const host = ts.createCompilerHost({})
  const program = ts.createProgram(
    ['types.ts'],
    { strict: true, noEmit: true, types: [], exactOptionalPropertyTypes: true },
    {
      ...host,
      getSourceFile: (name, target) =>
        name === 'types.ts' ? source : host.getSourceFile(name, target),
    },
  )
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

const small: Document = {
  paths: {
    '/things/{id}': {
      patch: {
        operationId: 'changeThing',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'dry-run', in: 'query', schema: { type: 'boolean' } },
          { name: 'limit', in: 'query', required: true, schema: { type: 'integer' } },
        ],
        requestBody: {
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['state'],
                properties: {
                  state: { enum: ['on', 'off'] },
                  note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
                },
              },
            },
          },
        },
        responses: {
          200: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['tags'],
                  properties: { tags: { type: 'array', items: { type: ['string', 'null'] } } },
                },
              },
            },
          },
          404: {
            content: {
              'application/json': {
                schema: { type: 'object', properties: { error: { type: 'string' } } },
              },
            },
          },
        },
      },
    },
  },
}

test('an operation has a type for its body, its query and its answer, and they mean what the schema says', () => {
  const types = renderTypes(small)
  assert.deepEqual(
    [...types.matchAll(/export type (\w+)/g)].map(([, name]) => name),
    ['ChangeThingBody', 'ChangeThingQuery', 'ChangeThingAnswer'],
  )
  assert.deepEqual(
    faults(
      types,
      `
      const body: ChangeThingBody = { state: 'on', note: null }
      const query: ChangeThingQuery = { limit: 5, 'dry-run': true }
      const answer: ChangeThingAnswer = { tags: ['a', null] }
      export { body, query, answer }`,
    ),
    [],
  )
  for (const wrong of [
    `const body: ChangeThingBody = { state: 'up' }`,
    `const body: ChangeThingBody = {}`,
    `const query: ChangeThingQuery = { limit: '5' }`,
    `const answer: ChangeThingAnswer = { tags: [1] }`,
  ]) {
    assert.equal(faults(types, wrong).length, 1, wrong)
  }
})

test('the document of the API for programs becomes types that compile', () => {
  const types = renderTypes(resend)
  const operations = Object.values(resend.paths).flatMap((path) => Object.values(path))
  assert.ok((types.match(/^export type /gm)?.length ?? 0) > operations.length)
  assert.deepEqual(
    faults(types, 'declare const body: SendEmailBody; export const subject: string = body.subject'),
    [],
  )
})

test('two operations of one name are refused', () => {
  const twice = {
    paths: { '/a': small.paths['/things/{id}']!, '/b': small.paths['/things/{id}']! },
  }
  assert.throws(() => renderTypes(twice), /two types would be ChangeThingBody/)
})
