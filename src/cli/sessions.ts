/** `postern sessions end`: everybody signs in anew, with the password they have. */
import { endSessions } from '../core/access/mass-actions.ts'
import { systemClock } from '../lib/clock.ts'
import { type Action, runNamedAction } from './action.ts'
import { demandWord, inventoryTable, readScope, scopeShape } from './mass-scope.ts'
import { asOperator } from './operator.ts'

const end: Action = {
  shape: scopeShape,
  perform: (given) => {
    const accountId = readScope(given)
    return asOperator(async (operator) => {
      await demandWord(operator, given, { accountId, ends: ['sessions'] })
      const deps = { ...operator, clock: systemClock }
      const scope = { accountId, passwords: false }
      const { before, after } = await endSessions(deps, operator.token, scope)
      const inventory = { before, after }
      return {
        json: { account_id: accountId, inventory },
        text: `Sessions have ended; passwords and API keys go on working.\n\n${inventoryTable(inventory)}`,
      }
    })
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ end }, args)
}
