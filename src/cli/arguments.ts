/** Reads the arguments of a command; what is wrong is a UsageError that names the nearest right thing. */
import { parseArgs } from 'node:util'
import { nearestName } from '../config/nearest-name.ts'
import { isUuid } from '../lib/uuid.ts'
import { UsageError } from './command-failure.ts'

export interface CommandShape {
  /** What must follow the command, in order: `ID`. */
  operands?: readonly string[]
  /** The name of what may follow any number of times after the operands. */
  rest?: string
  /** Options with a value; true for those that must be there. */
  texts?: Readonly<Record<string, boolean>>
  /** Options with a value that may be given more than once. */
  lists?: readonly string[]
  switches?: readonly string[]
}

/** Every command takes these; `help` is answered before the command runs. */
const everywhere = ['json', 'help']

interface Given {
  texts: ReadonlyMap<string, string>
  lists: ReadonlyMap<string, readonly string[]>
  switches: ReadonlySet<string>
}

export class Arguments {
  private readonly operands: ReadonlyMap<string, string>
  private readonly given: Given
  /** What followed the operands. */
  readonly rest: readonly string[]

  constructor(parts: Given & { operands: ReadonlyMap<string, string>; rest: readonly string[] }) {
    this.operands = parts.operands
    this.given = parts
    this.rest = parts.rest
  }

  has(name: string): boolean {
    return this.given.switches.has(name)
  }

  text(name: string): string | undefined {
    return this.given.texts.get(name)
  }

  /** Every value of an option that may be given more than once. */
  list(name: string): readonly string[] {
    return this.given.lists.get(name) ?? []
  }

  /** What followed the operands, as ids. */
  restIds(name: string): string[] {
    return this.rest.map((value) => checkId(name, value))
  }

  /** One of what followed the operands, as an id. */
  restId(nth: number, name: string): string {
    return checkId(name, this.rest[nth] ?? '')
  }

  /** An option or operand that the shape demands. */
  required(name: string): string {
    const value = this.operands.get(name) ?? this.text(name)
    if (value === undefined) throw new Error(`the command's shape does not demand ${name}`)
    return value
  }

  id(name: string): string {
    return checkId(name, this.required(name))
  }

  optionalId(name: string): string | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : checkId(name, value)
  }

  wholeNumber(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}`)
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const choice = choices.find((one) => one === value)
    if (choice !== undefined) return choice
    throw new UsageError(
      `--${name} must be ${choices.join(' or ')}; did you mean ${nearestName(value, choices)}?`,
    )
  }
}

function checkId(name: string, value: string): string {
  if (isUuid(value)) return value.toLowerCase()
  const what = name === name.toUpperCase() ? name : `--${name}`
  throw new UsageError(`${what} must be an id such as 01890a5d-ac96-774b-bcce-b302099a8057`)
}

export function readArguments(args: readonly string[], shape: CommandShape): Arguments {
  const { texts = {}, lists = [], switches = [], rest: restName } = shape
  const valued = new Set([...Object.keys(texts), ...lists])
  const known = [...valued, ...switches, ...everywhere]
  const options = Object.fromEntries(
    known.map((name) => [name, { type: valued.has(name) ? 'string' : 'boolean' } as const]),
  )
  // Not strict, because what it says of a misspelt option does not name the right one.
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = {
    texts: new Map<string, string>(),
    lists: new Map(lists.map((name) => [name, [] as string[]])),
    switches: new Set<string>(),
  }
  const values: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') values.push(token.value)
    if (token.kind === 'option') takeOption(token, { known, valued, given })
  }
  demandOptions(texts, given.texts)
  const names = shape.operands ?? []
  const own = restName === undefined ? values : values.slice(0, names.length)
  const rest = values.slice(own.length)
  return new Arguments({ operands: nameOperands(own, names), rest, ...given })
}

function takeOption(
  token: {
    name: string
    rawName: string
    value?: string | undefined
    inlineValue?: boolean | undefined
  },
  {
    known,
    valued,
    given,
  }: {
    known: readonly string[]
    valued: ReadonlySet<string>
    given: { texts: Map<string, string>; lists: Map<string, string[]>; switches: Set<string> }
  },
): void {
  const { name, rawName, value, inlineValue } = token
  if (!known.includes(name)) {
    throw new UsageError(
      `there is no option ${rawName}; did you mean --${nearestName(name, known)}?`,
    )
  }
  if (!valued.has(name)) {
    if (value !== undefined) throw new UsageError(`--${name} takes no value`)
    given.switches.add(name)
    return
  }
  // `--name --json` has lost its value; `--name=--json` is meant so.
  if (value === undefined || value === '' || (!inlineValue && value.startsWith('--'))) {
    throw new UsageError(`--${name} needs a value`)
  }
  const list = given.lists.get(name)
  if (list) {
    list.push(value)
    return
  }
  if (given.texts.has(name)) throw new UsageError(`--${name} is given twice; keep one of them`)
  given.texts.set(name, value)
}

function demandOptions(
  texts: Readonly<Record<string, boolean>>,
  given: ReadonlyMap<string, string>,
): void {
  const lacking = Object.keys(texts).filter((name) => texts[name] && !given.has(name))
  if (lacking.length === 0) return
  throw new UsageError(`${lacking.map((name) => `--${name}`).join(' and ')} must be given`)
}

function nameOperands(values: readonly string[], names: readonly string[]): Map<string, string> {
  if (values.length < names.length) {
    throw new UsageError(`${names.slice(values.length).join(' and ')} must be given`)
  }
  if (values.length > names.length) {
    throw new UsageError(`${values.length - names.length} more than expected stands at the end`)
  }
  return new Map(names.map((name, index) => [name, values[index] ?? '']))
}
