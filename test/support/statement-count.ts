/**
 * Which statements of the queries files PostgreSQL has carried out in a run of all tests. Every process of the run notes
 * what it saw; in the end the notes are compared with the statements that stand in the code.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { statementText } from '../../src/db/sql.ts'

export interface Statement {
  /** file:line */
  place: string
  text: string
}

/** What `note-statements.ts` has written, of all processes together. */
export function notedStatements(folder: string): Set<string> {
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'),
  )
  return new Set(lines.map((line) => JSON.parse(line)))
}

/** Every tagged template of the file, whatever its tag is called. */
export function statementsIn(file: string, code: string): Statement[] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest)
  const found: Statement[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      found.push({ place: `${file}:${line + 1}`, text: statementText(partsOf(node.template)) })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function partsOf(template: ts.TemplateLiteral): string[] {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return [template.text]
  return [template.head.text, ...template.templateSpans.map((span) => span.literal.text)]
}

/** Places of the statements that no test has brought to PostgreSQL, and of those that another one hides. */
export function findUntested(
  statements: readonly Statement[],
  noted: ReadonlySet<string>,
): { place: string; reason: string }[] {
  const first = new Map<string, string>()
  return statements.flatMap(({ place, text }) => {
    const earlier = first.get(text)
    first.set(text, earlier ?? place)
    if (earlier)
      return [{ place, reason: `is the statement of ${earlier}: let one call the other` }]
    return noted.has(text) ? [] : [{ place, reason: 'is carried out by no test' }]
  })
}
