/** What `postern doctor` found of one thing. */
export interface Finding {
  name: string
  level: 'ok' | 'warn' | 'fail'
  says: string
  /** What to do about it; null when nothing is to be done. */
  fix: string | null
}

export function ok(name: string, says: string): Finding {
  return { name, level: 'ok', says, fix: null }
}

export function warn(name: string, says: string, fix: string): Finding {
  return { name, level: 'warn', says, fix }
}

export function fail(name: string, says: string, fix: string): Finding {
  return { name, level: 'fail', says, fix }
}
