/** Words for what a schema refuses. */
import { Refusal } from './refusal.ts'

/** As Ajv reports it; `parentSchema` is there when the validator is verbose. */
export interface SchemaFault {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  message?: string
  parentSchema?: unknown
}

/**
 * A schema's no as a refusal. What a field must be is the schema's own description, so the documentation and the error
 * say the same; `parentSchema` is there because the validator is verbose.
 */
export function refuseInvalid(faults: readonly SchemaFault[], place = ''): Refusal {
  const fault = decidingFault(faults)
  if (!fault) throw new Error('a validation failed without a fault')
  const field = fieldName(`${place}${fault.instancePath}`)
  if (fault.keyword === 'required') {
    const missing = String(fault.params.missingProperty)
    const path = field === '' ? missing : `${field}.${missing}`
    return new Refusal('missing_field', `Missing \`${path}\` field.`, { field: path })
  }
  if (fault.keyword === 'additionalProperties') return refuseUnknown(fault, field)
  const subject = field === '' ? 'The request body' : `The \`${field}\` field`
  return new Refusal('invalid_input', `${subject} must be ${ruleOf(fault)}.`, { field })
}

/** Where a schema is closed, what it does not know is refused by its name. */
function refuseUnknown(fault: SchemaFault, place: string): Refusal {
  const name = String(fault.params.additionalProperty)
  const field = (place === '' ? name : `${place}.${name}`).slice(0, fieldLengthMax)
  return new Refusal('invalid_input', `The \`${field}\` field is not known here; leave it out.`, {
    field,
  })
}

/**
 * A union reports each branch and then itself: the last is the one with the whole rule. What lies deeper is what is wrong
 * with a thing of the right kind, and is preferred where its own rule can be said.
 */
function decidingFault(faults: readonly SchemaFault[]): SchemaFault | undefined {
  let best = faults.at(-1)
  for (const fault of faults.toReversed()) {
    const isDeeper = depthOf(fault) > depthOf(best)
    if (isDeeper && descriptionOf(fault) !== undefined) best = fault
  }
  return best
}

function depthOf(fault: SchemaFault | undefined): number {
  return fault?.instancePath.split('/').length ?? 0
}

function descriptionOf({ parentSchema }: SchemaFault): string | undefined {
  if (typeof parentSchema !== 'object' || parentSchema === null) return undefined
  return 'description' in parentSchema ? String(parentSchema.description) : undefined
}

function ruleOf(fault: SchemaFault): string {
  const kind = fault.keyword === 'type' ? kinds[String(fault.params.type)] : undefined
  const said = descriptionOf(fault) ?? kind
  return said ?? (fault.message ?? 'valid').replace(/^must (be )?/, '')
}

/** For fields whose schema has no words of its own. */
const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a string',
}

/** A name may be as long as a body; its owner knows it by its beginning. */
const fieldLengthMax = 200

/** `/tags/0/name` as its owner would write it: `tags[0].name`. */
function fieldName(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
    .slice(0, fieldLengthMax)
}
