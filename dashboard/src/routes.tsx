/** Every page of the dashboard, one line each. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import type { PageEntry } from './page.ts'
import { NotFound } from './pages/not-found.tsx'
import { Trouble } from './pages/trouble.tsx'
import { paths, patterns } from './paths.ts'
import { Loading } from './ui/states.tsx'

const pages: PageEntry[] = [{ path: patterns.signIn, load: () => import('./pages/sign-in.tsx') }]

const root = createRootRouteWithContext<{ client: QueryClient }>()({ notFoundComponent: NotFound })

const home = createRoute({
  getParentRoute: () => root,
  path: patterns.home,
  beforeLoad: () => {
    throw redirect({ to: paths.signIn() })
  },
})

function routeOf({ path, load }: PageEntry) {
  return createRoute({
    getParentRoute: () => root,
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
  return createRouter({
    routeTree: root.addChildren([home, ...pages.map(routeOf)]),
    context: { client },
    defaultPreload: 'intent',
    // TanStack Query keeps the answers.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  })
}
