/** `postern reset passwords`: no password of before lets anybody in, and no session lives on. */
import { endSessions } from '../core/access/mass-actions.ts'
import { systemClock } from '../lib/clock.ts'
import { type Action, runNamedAction } from './action.ts'
import { demandWord, inventoryTable, readScope, scopeShape } from './mass-scope.ts'
import { asOperator } from './operator.ts'
import { count } from './plain-text.ts'

const passwords: Action = {
  shape: scopeShape,
  perform: (given) => {
    const accountId = readScope(given)
    return asOperator(async (operator) => {
      await demandWord(operator, given, { accountId, ends: ['passwords', 'sessions'] })
      const deps = { ...operator, clock: systemClock }
      const scope = { accountId, passwords: true }
      const { told, ...inventory } = await endSessions(deps, operator.token, scope)
      const people = count(told, 'person is', 'people are')
      return {
        json: { account_id: accountId, told, inventory },
        text: `Passwords are set aside and sessions have ended; API keys go on working. ${people} told by mail.\n\n${inventoryTable(inventory)}`,
      }
    })
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ passwords }, args)
}
