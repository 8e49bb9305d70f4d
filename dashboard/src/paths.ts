/** Every URL of the dashboard is made here; patterns (`$id`) are for routes.tsx alone. */
export const patterns = {
  home: '/',
  signIn: '/sign-in',
  members: '/members',
  security: '/security',
  audit: '/audit',
  settings: '/settings',
} as const

export const paths = {
  home: () => patterns.home,
  /** `next` is a path of ours to go on to; anything else is dropped. */
  signIn: (next?: string) =>
    next !== undefined && isOwnPath(next) && next !== patterns.home
      ? `${patterns.signIn}?${new URLSearchParams({ next })}`
      : patterns.signIn,
  members: () => patterns.members,
  /** With the dialog open, or not. */
  invite: () => `${patterns.members}?open=invite`,
  security: () => patterns.security,
  audit: () => patterns.audit,
  settings: () => patterns.settings,
}

/** True for a path on this origin: `//elsewhere.example` and `/\elsewhere.example` lead away. */
export function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])/.test(path)
}
