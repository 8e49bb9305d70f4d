/** One action of the command line: its arguments are read, it answers with values and words, one of them is shown. */
import { nearestName } from '../config/nearest-name.ts'
import { type Arguments, type CommandShape, readArguments } from './arguments.ts'
import { UsageError } from './command-failure.ts'

export interface Answer {
  /** What `--json` shows. */
  json: unknown
  /** What is shown otherwise, without the last end of line. */
  text: string
  /** True when what was looked at is not as it should be: the exit code is 1. */
  isBad?: boolean
}

export interface Action {
  shape: CommandShape
  perform(given: Arguments): Promise<Answer>
}

export async function runAction(action: Action, args: readonly string[]): Promise<number> {
  const given = readArguments(args, action.shape)
  const answer = await action.perform(given)
  const text = given.has('json') ? JSON.stringify(answer.json) : answer.text
  process.stdout.write(`${text}\n`)
  return answer.isBad ? 1 : 0
}

/** For commands such as `account`, whose first argument says what to do. */
export async function runNamedAction(
  actions: Readonly<Record<string, Action>>,
  args: readonly string[],
): Promise<number> {
  const names = Object.keys(actions)
  const [name, ...rest] = args
  if (name === undefined || name.startsWith('-')) {
    throw new UsageError(`say what to do: ${names.join(', ')}`)
  }
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!action)
    throw new UsageError(`${name} is not known; did you mean ${nearestName(name, names)}?`)
  return runAction(action, rest)
}
