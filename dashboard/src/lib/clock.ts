/** The only place of the dashboard that asks for the time. */
export function nowMs(): number {
  return Date.now()
}
