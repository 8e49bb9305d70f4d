/** What a bounce says for machines (RFC 3464): one group of fields for each recipient. */
import { fieldValue, readFields } from './header-fields.ts'

export interface ReportedRecipient {
  recipient: string
  /** `failed`, `delayed`, `delivered`, `relayed` or `expanded`. */
  action: string
  /** `5.1.1`. */
  status: string | null
  /** What the mail host said. */
  diagnostic: string | null
  /** Which host said it. */
  host: string | null
}

const recipientsMax = 50
const valueLengthMax = 2_000

/** Empty for text that has no such report. */
export function readDeliveryReport(text: string): ReportedRecipient[] {
  const found: ReportedRecipient[] = []
  for (const group of text.split(/(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)/)) {
    if (!/^(?:final|original)-recipient:/im.test(group)) continue
    const fields = readFields(group)
    const recipient = typed(
      fieldValue(fields, 'original-recipient') ?? fieldValue(fields, 'final-recipient'),
    )
    const action = fieldValue(fields, 'action')?.split(' ')[0]?.toLowerCase()
    if (recipient === null || action === undefined) continue
    found.push({
      recipient,
      action,
      status: /^[245]\.\d{1,3}\.\d{1,3}/.exec(fieldValue(fields, 'status') ?? '')?.[0] ?? null,
      diagnostic: typed(fieldValue(fields, 'diagnostic-code')),
      host: typed(fieldValue(fields, 'remote-mta')),
    })
    if (found.length === recipientsMax) break
  }
  return found
}

/** What stands behind the type: `rfc822; ada@example.com`. */
function typed(value: string | undefined): string | null {
  if (value === undefined) return null
  const semicolon = value.indexOf(';')
  return value
    .slice(semicolon + 1)
    .trim()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .slice(0, valueLengthMax)
}
