/** Work that recurs: at once, then after each wait or whenever it is woken, never twice at a time. */
import type { Log } from './log.ts'
import { isOutage } from './outage.ts'

export interface Recurring {
  wake(): void
  /** Ends after the round that is running. */
  stop(): Promise<void>
}

export interface RecurringWork {
  /** A constant that names it in the log. */
  operation: string
  everyMs: number
  /** After a round that met an outage of the database or of vault. */
  retryMs: number
  /** True: there is more to do at once. */
  round: () => Promise<boolean>
  log: Log
}

export function startRecurring({
  operation,
  everyMs,
  retryMs,
  round,
  log,
}: RecurringWork): Recurring {
  let isStopping = false
  let isWoken = false
  let endWait = () => {}
  const wake = () => {
    isWoken = true
    endWait()
  }
  const wait = async (milliseconds: number) => {
    if (!isWoken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        endWait = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    isWoken = false
  }
  const attempt = async (): Promise<number> => {
    try {
      return (await round()) ? 0 : everyMs
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ error, operation, delayMs: retryMs }, 'put off')
      return retryMs
    }
  }
  const run = async () => {
    while (!isStopping) {
      const waitMs = await attempt()
      if (waitMs > 0 && !isStopping) await wait(waitMs)
    }
  }
  const running = run()
  return {
    wake,
    stop: async () => {
      isStopping = true
      wake()
      await running
    },
  }
}
