/** Every URL of the dashboard is made here; patterns (`$id`) are for routes.tsx alone. */
export const patterns = {
  home: '/',
  signIn: '/sign-in',
  start: '/start',
  domains: '/domains',
  domain: '/domains/$id',
  keys: '/keys',
  key: '/keys/$id',
  usage: '/usage',
  security: '/security',
} as const

export const paths = {
  home: () => patterns.home,
  /** `next` is a path of ours to go on to; anything else is dropped. */
  signIn: (next?: string) =>
    next !== undefined && isOwnPath(next) && next !== patterns.home
      ? `${patterns.signIn}?${new URLSearchParams({ next })}`
      : patterns.signIn,
  /** Where the first message is sent. */
  start: () => patterns.start,
  domains: () => patterns.domains,
  domain: (id: string) => `${patterns.domains}/${encodeURIComponent(id)}`,
  keys: () => patterns.keys,
  key: (id: string) => `${patterns.keys}/${encodeURIComponent(id)}`,
  usage: () => patterns.usage,
  security: () => patterns.security,
}

/** True for a path on this origin: `//elsewhere.example` and `/\elsewhere.example` lead away. */
export function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])/.test(path)
}
