/** All that the dashboard can ask, in the order of the document. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ConsoleDeps } from './deps.ts'
import { domainClaimRoutes } from './domains/claims.ts'
import { domainRoutes } from './domains/routes.ts'
import { messageChangeRoutes, messageRoutes } from './emails/message.ts'
import { searchRoutes } from './emails/search.ts'
import { viewRoutes } from './emails/views.ts'
import { explainRoutes } from './explain.ts'
import { keyRoutes } from './keys/routes.ts'
import { logRoutes } from './logs.ts'
import { overviewRoutes } from './overview.ts'
import { signInRoutes } from './sign-in.ts'
import { suppressionRoutes } from './suppressions.ts'
import { usageRoutes } from './usage.ts'

/** A plugin's routes stand under /api; each declares its scope. */
export type ConsoleRoutes = FastifyPluginAsyncTypebox<ConsoleDeps>

export const consoleRoutes: readonly ConsoleRoutes[] = [
  signInRoutes,
  keyRoutes,
  domainRoutes,
  domainClaimRoutes,
  overviewRoutes,
  usageRoutes,
  searchRoutes,
  messageRoutes,
  messageChangeRoutes,
  viewRoutes,
  suppressionRoutes,
  logRoutes,
  explainRoutes,
]
