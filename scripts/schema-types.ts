/** Reads the tables and functions of a migrated database and writes them as TypeScript: the text of src/db/schema.ts. */
import { camelCase } from '../src/db/sql.ts'

export const schemaFile = new URL('../src/db/schema.ts', import.meta.url)

export interface Relation {
  kind: 'table' | 'function'
  name: string
  columns: Column[]
}

export interface Column {
  name: string
  /** As format_type writes it, without a length. */
  type: string
  /** Always false for a function: PostgreSQL does not know which of its result columns may be null. */
  nullable: boolean
  /** Definitions of the check constraints on this column alone. */
  checks: string[]
}

/** Runs SQL that reads the catalogue. */
export type Query = (text: string) => Promise<object[]>

const lineMax = 100
const literal = "'(?:[^']|'')*'::text"

/** What the driver delivers. A type that is missing here is refused rather than guessed. */
const delivered: Record<string, string> = {
  bigint: 'string',
  boolean: 'boolean',
  bytea: 'Buffer',
  character: 'string',
  'character varying': 'string',
  cidr: 'string',
  date: 'Date',
  'double precision': 'number',
  inet: 'string',
  integer: 'number',
  json: 'unknown',
  jsonb: 'unknown',
  name: 'string',
  numeric: 'string',
  real: 'number',
  smallint: 'number',
  text: 'string',
  'timestamp with time zone': 'Date',
  uuid: 'string',
}

const header = `/**
 * Written by \`npm run db:types\` from a migrated database; change the migrations instead. \`…Table\` is a row of a table,
 * its texts a union where a check constraint lists them. \`…Row\` is what a function answers: PostgreSQL does not know
 * which of its columns may be null, nor which texts they hold, so the query that calls it says so.
 */
`

/** Tables of both schemas without partitions, which have their parents' columns, and functions that return a table. */
export async function readSchema(query: Query): Promise<Relation[]> {
  const tables = await query(`
    select 'table' as kind, c.relname as name,
           json_agg(json_build_object(
             'name', a.attname, 'type', format_type(a.atttypid, null), 'nullable', not a.attnotnull,
             'checks', array(select pg_get_constraintdef(k.oid) from pg_constraint k
                              where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
                              order by k.conname)) order by a.attnum) as columns
      from pg_class c
      join pg_namespace s on s.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where s.nspname in ('postern', 'private') and c.relkind in ('r', 'p') and not c.relispartition
     group by s.nspname, c.relname
     order by s.nspname, c.relname`)
  const functions = await query(`
    select 'function' as kind, p.proname as name,
           json_agg(json_build_object(
             'name', r.name, 'type', format_type(r.type, null), 'nullable', false, 'checks', array[]::text[])
             order by r.n) as columns
      from pg_proc p
      join pg_namespace s on s.oid = p.pronamespace
     cross join unnest(p.proallargtypes, p.proargmodes, p.proargnames) with ordinality as r(type, mode, name, n)
     where s.nspname = 'postern' and r.mode = 't'
     group by p.oid, p.proname
     order by p.proname, p.oid`)
  return [...tables, ...functions] as Relation[] // as both statements build them
}

export function renderSchema(relations: readonly Relation[]): string {
  const names = relations.map(interfaceName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw new Error(`two tables or functions would be ${twice}: rename one of them`)
  return [header, ...relations.map(renderRelation)].join('\n')
}

function interfaceName({ kind, name }: Relation): string {
  const words = camelCase(`_${name}`)
  return kind === 'table' ? `${words}Table` : `${words}Row`
}

function renderRelation(relation: Relation): string {
  const lines = relation.columns.map((column) => renderColumn(relation, column))
  return `export interface ${interfaceName(relation)} {\n${lines.join('\n')}\n}\n`
}

function renderColumn({ name: relation }: Relation, column: Column): string {
  const members = textsOf(column) ?? [typeOf(column.type, `${relation}.${column.name}`)]
  if (column.nullable && members[0] !== 'unknown') members.push('null')
  const name = camelCase(column.name)
  const line = `  ${name}: ${members.join(' | ')}`
  if (line.length <= lineMax) return line
  return [`  ${name}:`, ...members.map((member) => `    | ${member}`)].join('\n')
}

function typeOf(type: string, place: string): string {
  const isArray = type.endsWith('[]')
  const one = delivered[isArray ? type.slice(0, -2) : type]
  if (!one)
    throw new Error(`${place} is ${type}: say in scripts/schema-types.ts how it is delivered`)
  return isArray ? `${one}[]` : one
}

/** Texts of a check as PostgreSQL writes back `col in (…)`, with or without `col is null or`. */
function textsOf({ type, name, checks }: Column): string[] | undefined {
  if (type !== 'text') return undefined
  const column = `"?${name}"?`
  const list = `\\(${column} = (?:ANY \\(ARRAY\\[(${literal}(?:, ${literal})*)\\]\\)|(${literal}))\\)`
  const whole = new RegExp(`^CHECK \\((?:\\(\\(${column} IS NULL\\) OR )?${list}\\)?\\)$`)
  for (const check of checks) {
    const [, several, single] = whole.exec(check) ?? []
    const texts = (several ?? single)?.match(new RegExp(literal, 'g'))
    if (texts) return texts.map(toLiteral)
  }
  return undefined
}

function toLiteral(quoted: string): string {
  const text = quoted.slice(1, -'::text'.length - 1).replaceAll("''", "'")
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
