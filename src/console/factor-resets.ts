/** Ends the second factors of people when the operator has asked for it and nobody has objected in time. */
import { carryOutResets, type ResetDeps } from '../core/people/factor-reset.ts'
import type { Log } from '../process/log.ts'
import { type Recurring, startRecurring } from '../process/recurring.ts'

const everyMs = 5_000
const retryMs = 10_000

export function startFactorResets(deps: ResetDeps & { log: Log }): Recurring {
  const round = async () => {
    await carryOutResets(deps)
    return false
  }
  return startRecurring({ operation: 'factor resets', everyMs, retryMs, round, log: deps.log })
}
