/** `postern person …`: what the operator does for one person. */
import { askFactorsReset } from '../core/people/factor-reset.ts'
import { type Action, runNamedAction } from './action.ts'
import { asOperator } from './operator.ts'
import { time } from './plain-text.ts'
import { readSecret } from './secret-input.ts'

/** The address is typed or piped in, so that it stands in no list of processes and no history of a shell. */
const resetFactors: Action = {
  shape: { switches: ['now'] },
  perform: async (given) => {
    const atOnce = given.has('now')
    const email = await readSecret('Address of the person (it is not shown)')
    return asOperator(async (operator) => {
      const { userId, endsAt } = await askFactorsReset(operator, operator.token, { email, atOnce })
      const when = atOnce
        ? 'Their second factors, sessions and password end within seconds'
        : `Their second factors, sessions and password end at ${time(endsAt)}, unless they sign in with a second factor before`
      return {
        json: { person_id: userId, ends_at: endsAt.toISOString() },
        text: `${when}. They and the owners of their accounts are told by mail; then a link for a new password goes to the person.`,
      }
    })
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ 'reset-factors': resetFactors }, args)
}
