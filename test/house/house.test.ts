/** The rules of the house that no linter has a word for. Each failure names the rule and what to do instead. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import ts from 'typescript'

const root = new URL('../../', import.meta.url).pathname
const isTest = (file: string) => file.endsWith('.test.ts')
const files = globSync('src/**/*.ts', { cwd: root }).sort()
const read = (file: string) => readFileSync(root + file, 'utf8')

/** Written by a script, so its length is nobody's to mend. */
const generated = 'src/db/schema.ts'
/** Programs that run elsewhere, with an environment and a console of their own. */
const programsForReaders = 'src/api/reference/examples.ts'
const linesMax = 400
const functionLinesMax = 70
const mainLinesMax = 60
const parametersMax = 3

/** Fails with one line a place, so that all can be mended at once. */
function demand(rule: string, places: string[]): void {
  assert.deepEqual(places, [], rule)
}

/** Lines of the non-test files that match, comments left out. */
function lines(pattern: RegExp, isAllowed: (file: string) => boolean): string[] {
  return files
    .filter((file) => !isTest(file) && !isAllowed(file))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .map((line, index) => ({ line, place: `${file}:${index + 1}` }))
        .filter(({ line }) => !/^\s*(\*|\/\/|\/\*)/.test(line) && pattern.test(line))
        .map(({ place }) => place),
    )
}

interface Function {
  place: string
  lines: number
  parameters: number
}

function functionsOf(file: string): Function[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true)
  const found: Function[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line
      const last = source.getLineAndCharacterOfPosition(node.end).line
      found.push({
        place: `${file}:${first + 1}`,
        lines: last - first + 1,
        parameters: node.parameters.length,
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const functions = files.filter((file) => !isTest(file)).flatMap(functionsOf)

test('the house was looked at', () => {
  assert.ok(files.length > 100, `only ${files.length} files were found`)
  assert.ok(functions.length > 500, `only ${functions.length} functions were found`)
})

test('a file has at most 400 lines: split it by noun or rule', () => {
  demand(
    'split by noun or rule, never into -part2 or -helpers',
    files.filter((file) => file !== generated && read(file).split('\n').length > linesMax),
  )
})

test('a function has at most 70 lines: give its parts names', () => {
  demand(
    'split by idea',
    functions.filter(({ lines }) => lines > functionLinesMax).map(({ place }) => place),
  )
})

test('a function takes at most three parameters, then one named object', () => {
  demand(
    'name them in an object',
    functions.filter((one) => one.parameters > parametersMax).map(({ place }) => place),
  )
})

test('main.ts is assembly only', () => {
  const mains = files.filter((file) => file.endsWith('/main.ts') && file !== 'src/cli/main.ts')
  assert.ok(mains.length >= 5)
  demand(
    'move what is not assembly beside it',
    mains.filter((file) => read(file).split('\n').length > mainLinesMax),
  )
})

test('only config reads the environment: settings are passed in', () => {
  demand(
    'take it from the settings',
    lines(/process\.env/, (file) => file.startsWith('src/config/') || file === programsForReaders),
  )
})

test('only lib/clock asks for the time: take a Clock', () => {
  demand(
    'take a Clock',
    lines(/Date\.now\(\)|new Date\(\)/, (file) => file === 'src/lib/clock.ts'),
  )
})

test('only the command line and the screen print: use the log', () => {
  demand(
    'use the log',
    lines(
      /\bconsole\.(log|info|warn|error|debug|trace|dir|table|assert|count|group|time)\b/,
      (file) => file.startsWith('src/cli/') || file === programsForReaders,
    ),
  )
})

test('SQL stands in queries, db and migrations', () => {
  demand(
    'move it to a queries file of its noun in core',
    lines(/\bsql(<[^`]*>)?`/, (file) => file.startsWith('src/db/') || /queries\.ts$/.test(file)),
  )
})

test('statements name their columns', () => {
  demand(
    'name the columns',
    lines(/select \*/, () => false),
  )
})

test('no `any`, and no `!` that silences the compiler', () => {
  demand(
    'say the type',
    lines(/: any\b|as any\b|<any>/, () => false),
  )
})

test('unfinished work is not marked in the code but left out', () => {
  const marks = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X'].join(''))
  demand('finish it or leave it out', [
    ...files.filter((file) => marks.test(read(file))),
    ...globSync('migrations/**/*.sql', { cwd: root }).filter((file) => marks.test(read(file))),
  ])
})

test('a file is named for the one thing inside', () => {
  const vague = /(^|[/-])(utils?|helpers?|common|manager|service|handler|index)\.ts$/
  demand(
    'name it for what it holds',
    files.filter((file) => vague.test(file)),
  )
})

test('every process has its own folder with a main', () => {
  for (const role of ['api', 'smtp', 'console', 'deliver', 'jobs', 'vault', 'inbox']) {
    assert.ok(files.includes(`src/${role}/main.ts`), role)
  }
})
