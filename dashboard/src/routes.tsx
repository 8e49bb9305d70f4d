/** Every page of the dashboard, one line each. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { ApiError } from './api/api-error.ts'
import { entriesFor } from './frame/navigation.tsx'
import { sessionQuery } from './frame/session.ts'
import type { PageEntry } from './page.ts'
import { NotFound } from './pages/not-found.tsx'
import { Trouble } from './pages/trouble.tsx'
import { paths, patterns } from './paths.ts'
import { Loading } from './ui/states.tsx'

const pages: PageEntry[] = [
  { path: patterns.signIn, frame: 'signed-out', load: () => import('./pages/sign-in.tsx') },
  {
    path: patterns.singleSignOn,
    frame: 'signed-out',
    load: () => import('./pages/single-sign-on.tsx'),
  },
  {
    path: patterns.forgotPassword,
    frame: 'signed-out',
    load: () => import('./pages/forgot-password.tsx'),
  },
  { path: patterns.signUp, frame: 'signed-out', load: () => import('./pages/sign-up.tsx') },
  {
    path: patterns.signUpLink,
    frame: 'signed-out',
    load: () => import('./pages/by-link/new-person.tsx'),
  },
  {
    path: patterns.welcome,
    frame: 'signed-out',
    load: () => import('./pages/by-link/new-person.tsx'),
  },
  {
    path: patterns.invitation,
    frame: 'signed-out',
    load: () => import('./pages/by-link/invitation.tsx'),
  },
  { path: patterns.reset, frame: 'signed-out', load: () => import('./pages/by-link/reset.tsx') },
  { path: patterns.breakGlass, frame: 'signed-out', load: () => import('./pages/break-glass.tsx') },
  { path: patterns.address, load: () => import('./pages/by-link/address.tsx') },
  { path: patterns.secondFactor, load: () => import('./pages/second-factor.tsx') },
  { path: patterns.start, load: () => import('./pages/start/start.tsx') },
  { path: patterns.emails, load: () => import('./pages/emails/emails.tsx') },
  { path: patterns.email, load: () => import('./pages/emails/email.tsx') },
  { path: patterns.suppressions, load: () => import('./pages/suppressions.tsx') },
  { path: patterns.logs, load: () => import('./pages/logs.tsx') },
  { path: patterns.log, load: () => import('./pages/log.tsx') },
  { path: patterns.explain, load: () => import('./pages/explain.tsx') },
  { path: patterns.members, load: () => import('./pages/members/members.tsx') },
  { path: patterns.subaccounts, load: () => import('./pages/subaccounts/subaccounts.tsx') },
  { path: patterns.home, load: () => import('./pages/overview/overview.tsx') },
  { path: patterns.domains, load: () => import('./pages/domains/domains.tsx') },
  { path: patterns.domain, load: () => import('./pages/domains/domain.tsx') },
  { path: patterns.keys, load: () => import('./pages/keys/keys.tsx') },
  { path: patterns.key, load: () => import('./pages/keys/key.tsx') },
  { path: patterns.usage, load: () => import('./pages/usage.tsx') },
  { path: patterns.security, load: () => import('./pages/security.tsx') },
  { path: patterns.audit, load: () => import('./pages/audit/audit.tsx') },
  { path: patterns.settings, load: () => import('./pages/settings/settings.tsx') },
  { path: patterns.data, load: () => import('./pages/data/data.tsx') },
]

const root = createRootRouteWithContext<{ client: QueryClient }>()({ notFoundComponent: NotFound })

/** Who is signed in is known before any page behind it asks for anything. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 'signed_out') throw error
      throw redirect({ href: paths.signIn(location.href), replace: true })
    })
    if (session.enrolling && location.pathname !== paths.secondFactor()) {
      throw redirect({ href: paths.secondFactor(location.href), replace: true })
    }
    // Who may not see the overview begins at the first page that they may see.
    if (location.pathname === paths.home() && !session.scopes.includes('usage:read')) {
      const first = entriesFor(session.scopes)[0]?.path ?? paths.security()
      throw redirect({ href: first, replace: true })
    }
  },
  component: lazyRouteComponent(() => import('./frame/signed-in-frame.tsx'), 'SignedInFrame'),
  errorComponent: Trouble,
  pendingComponent: Loading,
})

function routeOf({ path, frame = 'signed-in', load }: PageEntry) {
  return createRoute({
    getParentRoute: () => (frame === 'signed-in' ? signedIn : root) as typeof root, // either gives the same context
    path,
    loaderDeps: ({ search }: { search: Record<string, unknown> }) => search,
    loader: async ({ context, params, deps }) => {
      const { title, loader } = await load()
      document.title = `${title} · Postern`
      return loader?.({ client: context.client, params, search: deps })
    },
    component: lazyRouteComponent(load, 'View'),
    errorComponent: Trouble,
    pendingComponent: Loading,
  })
}

export function makeRouter(client: QueryClient) {
  const within = pages.filter(({ frame }) => frame !== 'signed-out').map(routeOf)
  const before = pages.filter(({ frame }) => frame === 'signed-out').map(routeOf)
  return createRouter({
    routeTree: root.addChildren([...before, signedIn.addChildren(within)]),
    context: { client },
    defaultPreload: 'intent',
    // TanStack Query keeps the answers.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  })
}
