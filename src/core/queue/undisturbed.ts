/** Statements that meet the queue's own traffic on many rows. */
import { DatabaseFailure } from '../../db/sql.ts'

const deadlock = '40P01'
const triesMax = 5

/** Tries again when the database has broken a deadlock by giving up this statement: nothing of it was done. */
export async function untilUndisturbed<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const again = error instanceof DatabaseFailure && error.code === deadlock && tries < triesMax
      if (!again) throw error
    }
  }
}
