/** Every URL of the dashboard is made here; patterns (`$id`) are for routes.tsx alone. */
export const patterns = {
  home: '/',
  signIn: '/sign-in',
  emails: '/emails',
  email: '/emails/$id',
  suppressions: '/suppressions',
  logs: '/logs',
  log: '/logs/$id',
  explain: '/explain',
  security: '/security',
} as const

export const paths = {
  home: () => patterns.home,
  /** `next` is a path of ours to go on to; anything else is dropped. */
  signIn: (next?: string) =>
    next !== undefined && isOwnPath(next) && next !== patterns.home
      ? `${patterns.signIn}?${new URLSearchParams({ next })}`
      : patterns.signIn,
  emails: () => patterns.emails,
  email: (id: string) => `/emails/${encodeURIComponent(id)}`,
  suppressions: () => patterns.suppressions,
  logs: () => patterns.logs,
  log: (id: string) => `/logs/${encodeURIComponent(id)}`,
  explain: () => patterns.explain,
  security: () => patterns.security,
}

/** True for a path on this origin: `//elsewhere.example` and `/\elsewhere.example` lead away. */
export function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])/.test(path)
}
