/** Every URL of the dashboard is made here; patterns (`$id`) are for routes.tsx alone. */
export const patterns = {
  home: '/',
  signIn: '/sign-in',
  singleSignOn: '/sign-in/oidc',
  forgotPassword: '/forgot-password',
  signUp: '/sign-up',
  signUpLink: '/sign-up/$token',
  welcome: '/welcome/$token',
  invitation: '/invitation/$token',
  reset: '/reset/$token',
  breakGlass: '/break-glass',
  address: '/address/$token',
  secondFactor: '/second-factor',
  start: '/start',
  emails: '/emails',
  email: '/emails/$id',
  suppressions: '/suppressions',
  logs: '/logs',
  log: '/logs/$id',
  explain: '/explain',
  members: '/members',
  domains: '/domains',
  domain: '/domains/$id',
  keys: '/keys',
  key: '/keys/$id',
  usage: '/usage',
  subaccounts: '/subaccounts',
  security: '/security',
  audit: '/audit',
  settings: '/settings',
  data: '/settings/data',
} as const

export const paths = {
  home: () => patterns.home,
  /** `next` is a path of ours to go on to; anything else is dropped. */
  signIn: (next?: string) => withNext(patterns.signIn, next),
  forgotPassword: () => patterns.forgotPassword,
  signUp: () => patterns.signUp,
  /** For who is shut out by the networks of their account. */
  breakGlass: () => patterns.breakGlass,
  /** Where who needs a second factor adds it; they go on to `next`. */
  secondFactor: (next?: string) => withNext(patterns.secondFactor, next),
  /** A first message, shown as it arrives. */
  start: () => patterns.start,
  emails: () => patterns.emails,
  email: (id: string) => `/emails/${encodeURIComponent(id)}`,
  suppressions: () => patterns.suppressions,
  logs: () => patterns.logs,
  log: (id: string) => `/logs/${encodeURIComponent(id)}`,
  explain: () => patterns.explain,
  members: () => patterns.members,
  /** With the dialog open, or not. */
  invite: () => `${patterns.members}?open=invite`,
  domains: () => patterns.domains,
  domain: (id: string) => `${patterns.domains}/${encodeURIComponent(id)}`,
  keys: () => patterns.keys,
  key: (id: string) => `${patterns.keys}/${encodeURIComponent(id)}`,
  usage: () => patterns.usage,
  subaccounts: () => patterns.subaccounts,
  security: () => patterns.security,
  /** With the word that a reset of factors was called off. */
  keptFactors: () => `${patterns.security}?kept=factors`,
  audit: () => patterns.audit,
  settings: () => patterns.settings,
  data: () => patterns.data,
}

function withNext(path: string, next: string | undefined): string {
  return next !== undefined && isOwnPath(next) && next !== patterns.home
    ? `${path}?${new URLSearchParams({ next })}`
    : path
}

/** What stands in the address bar as `next`, if it leads to a page of ours. */
export function nextOf(search: Readonly<Record<string, unknown>>): string {
  const { next } = search
  return typeof next === 'string' && isOwnPath(next) ? next : patterns.home
}

/** True for a path on this origin: `//elsewhere.example` and `/\elsewhere.example` lead away. */
export function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])/.test(path)
}
