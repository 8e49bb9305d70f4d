/** All that the dashboard can ask, in the order of the document. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ConsoleDeps } from './deps.ts'
import { keyRoutes } from './keys/routes.ts'
import { meRoutes } from './me/me.ts'
import { linkRequestRoutes } from './people/link-requests.ts'
import { linkRoutes } from './people/links.ts'
import { programRoutes } from './programs.ts'
import { signInRoutes } from './sign-in.ts'

/** A plugin's routes stand under /api; each declares its scope. */
export type ConsoleRoutes = FastifyPluginAsyncTypebox<ConsoleDeps>

export const consoleRoutes: readonly ConsoleRoutes[] = [
  signInRoutes,
  linkRequestRoutes,
  linkRoutes,
  meRoutes,
  programRoutes,
  keyRoutes,
]
