/** How long a key may go unused before it ends, where its account says so, and how long before that the owners are told. */
export const idleKeyDaysMin = 30
export const idleKeyDaysMax = 400
export const idleNoticeDays = 14

export function isIdleDays(days: unknown): days is number {
  return Number.isInteger(days) && Number(days) >= idleKeyDaysMin && Number(days) <= idleKeyDaysMax
}
