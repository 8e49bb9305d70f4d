/** `postern revoke keys`: every API key gets an end, with time to put others in their place. */
import { endKeys } from '../core/access/mass-actions.ts'
import { systemClock } from '../lib/clock.ts'
import { type Action, runNamedAction } from './action.ts'
import { UsageError } from './command-failure.ts'
import { readSeconds } from './duration.ts'
import { demandWord, inventoryTable, readScope, scopeShape } from './mass-scope.ts'
import { asOperator } from './operator.ts'
import { count, time } from './plain-text.ts'

const graceSecondsMax = 30 * 86_400

const keys: Action = {
  shape: { ...scopeShape, texts: { ...scopeShape.texts, grace: true } },
  perform: (given) => {
    const accountId = readScope(given)
    const graceSeconds = readSeconds('grace', given.required('grace'))
    if (graceSeconds > graceSecondsMax) throw new UsageError('--grace must be at most 30d')
    return asOperator(async (operator) => {
      await demandWord(operator, given, { accountId, ends: ['api_keys'] })
      const end = new Date(systemClock.now() + graceSeconds * 1000)
      const deps = { ...operator, clock: systemClock }
      const { ended, refused, before, after } = await endKeys(deps, operator.token, {
        accountId,
        end,
      })
      const inventory = { before, after }
      const forged =
        refused.length === 0
          ? ''
          : ` ${count(refused.length, 'key was', 'keys were')} left alone, since vault did not sign their rows; they let nobody in.`
      return {
        isBad: refused.length > 0,
        json: {
          account_id: accountId,
          ended,
          ends_at: end.toISOString(),
          refused: refused.map(({ id }) => id),
          inventory,
        },
        text: `${count(ended, 'API key ends', 'API keys end')} at ${time(end)}; those that end earlier stay as they are.${forged}\n\n${inventoryTable(inventory)}`,
      }
    })
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ keys }, args)
}
