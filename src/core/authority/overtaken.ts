/** A signed change follows on the version that vault saw; one that was overtaken by another is made once more. */
import { DatabaseFailure } from '../../db/sql.ts'

const serializationFailure = '40001'

export async function againIfOvertaken<Result>(change: () => Promise<Result>): Promise<Result> {
  try {
    return await change()
  } catch (error) {
    const isOvertaken = error instanceof DatabaseFailure && error.code === serializationFailure
    if (!isOvertaken) throw error
    return change()
  }
}
