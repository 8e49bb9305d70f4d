/** All that the dashboard can ask, in the order of the document. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { accountRoutes } from './account.ts'
import { auditRoutes } from './audit/audit.ts'
import { auditExportRoutes } from './audit/export.ts'
import type { ConsoleDeps } from './deps.ts'
import { domainClaimRoutes } from './domains/claims.ts'
import { domainRoutes } from './domains/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { invitationRoutes } from './members/invitations.ts'
import { memberRoutes } from './members/members.ts'
import { overviewRoutes } from './overview.ts'
import { signInRoutes } from './sign-in.ts'
import { usageRoutes } from './usage.ts'

/** A plugin's routes stand under /api; each declares its scope. */
export type ConsoleRoutes = FastifyPluginAsyncTypebox<ConsoleDeps>

export const consoleRoutes: readonly ConsoleRoutes[] = [
  signInRoutes,
  keyRoutes,
  memberRoutes,
  invitationRoutes,
  accountRoutes,
  auditRoutes,
  auditExportRoutes,
  domainRoutes,
  domainClaimRoutes,
  overviewRoutes,
  usageRoutes,
]
