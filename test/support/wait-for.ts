/** Waits for a condition, so that no test sleeps for a time that somebody guessed. */
import { setTimeout as wait } from 'node:timers/promises'

const pollMs = 20

/** Rejects when it has not come true in time, and with whatever the condition throws. */
export async function waitFor(
  isTrue: () => boolean | Promise<boolean>,
  { what, seconds = 10 }: { what: string; seconds?: number },
): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`)
    await wait(pollMs)
  }
}
