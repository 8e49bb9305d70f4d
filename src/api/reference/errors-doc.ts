/** The page docs/errors.md, made from the table of errors. */
import { type DocumentedError, documentedErrors } from '../resend/error-words.ts'

const opening = `# Errors

Generated from \`src/api/resend/errors.ts\` and \`error-words.ts\` by \`npm run openapi\`.

Every error is \`{"statusCode", "name", "message"}\` and carries \`x-request-id\`. The message names the field, the rule
and the way out; a program decides by status and name. \`code\` is the kind inside Postern, which the source and the
log use.
`

export function errorsPage(): string {
  const errors = documentedErrors()
  const statuses = [...new Set(errors.map(({ status }) => status))]
  const sections = statuses.map((status) =>
    [
      `## ${status}`,
      '',
      '| name | code | when | what to do |',
      '|---|---|---|---|',
      ...errors.filter((one) => one.status === status).map(row),
    ].join('\n'),
  )
  return `${opening}\n${sections.join('\n\n')}\n`
}

function row({ name, code, when, fix }: DocumentedError): string {
  return `| \`${name}\` | ${code} | ${when} | ${fix} |`
}
