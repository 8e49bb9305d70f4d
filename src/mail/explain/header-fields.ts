/** Header fields of any message, as they were pasted: unfolded, in their order, whatever ends their lines. */
import { trimBlanks } from '../blanks.ts'

export interface Field {
  /** Lower case. */
  name: string
  value: string
}

const fieldsMax = 500
const valueLengthMax = 20_000

/** Until the first empty line behind a field. Lines that are no field, such as an mbox line, are passed over. */
export function readFields(text: string): Field[] {
  const fields: Field[] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === '' && fields.length > 0) break
    const last = fields.at(-1)
    if (/^[ \t]/.test(line)) {
      if (last && last.value.length < valueLengthMax) last.value += ` ${trimBlanks(line)}`
      continue
    }
    const colon = line.indexOf(':')
    if (colon < 1 || !/^[\x21-\x39\x3b-\x7e]+$/.test(line.slice(0, colon))) continue
    if (fields.length === fieldsMax) break
    fields.push({
      name: line.slice(0, colon).toLowerCase(),
      value: trimBlanks(line.slice(colon + 1)).slice(0, valueLengthMax),
    })
  }
  return fields
}

export function fieldValue(fields: readonly Field[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value
}
