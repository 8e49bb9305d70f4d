/** The document of console: fresh, valid, and complete. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Type } from 'typebox'
import { readVersion } from '../../src/config/version.ts'
import { describeConsole } from '../../src/console/openapi.ts'
import type { ConsoleRoutes } from '../../src/console/routes.ts'

const file = new URL('../../docs/openapi/console.json', import.meta.url)

test('docs/openapi/console.json is what the routes say; run `npm run openapi`', async () => {
  const text = `${JSON.stringify(await describeConsole(readVersion()), null, 2)}\n`
  assert.ok(readFileSync(file, 'utf8') === text, 'run `npm run openapi` and commit what it writes')
})

test('every operation has an id, a summary and an answer that is described', async () => {
  const { paths } = await describeConsole(readVersion())
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { operationId, summary, responses }] of Object.entries(operations)) {
      const where = `${method} ${path}`
      assert.notEqual(operationId, '', where)
      assert.notEqual(summary, '', where)
      const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'))
      assert.ok(answers.length > 0, where)
      for (const [, answer] of answers) {
        assert.ok('description' in answer && answer.description !== '', where)
      }
    }
  }
})

test('a route becomes an operation with its scope, its parameters and what it can be refused', async () => {
  const things: ConsoleRoutes = async (app) => {
    const schema = {
      operationId: 'getThing',
      summary: 'One thing.',
      params: Type.Object({ id: Type.String() }, { additionalProperties: false }),
      response: { 200: Type.Object({ id: Type.String() }, { description: 'The thing.' }) },
    }
    app.get('/things/:id', { config: { scope: 'domains:read' }, schema }, async () => ({ id: '' }))
  }
  const document = await describeConsole('1.0.0', [things])
  const operation = document.paths['/api/things/{id}']?.get
  assert.equal(operation?.description, 'Needs the scope `domains:read`.')
  assert.deepEqual(
    operation?.parameters?.map(({ name }) => name),
    ['id'],
  )
  assert.ok(operation?.responses['422'])
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)))
  assert.equal(result.valid, true, JSON.stringify(result.errors))
})
