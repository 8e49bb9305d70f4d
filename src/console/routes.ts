/** All that the dashboard can ask, in the order of the document. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { accountRoutes } from './account.ts'
import { auditRoutes } from './audit/audit.ts'
import { auditExportRoutes } from './audit/export.ts'
import { closingRoutes } from './data/closing.ts'
import { erasureRoutes } from './data/erasures.ts'
import { retentionRoutes } from './data/retention.ts'
import type { ConsoleDeps } from './deps.ts'
import { domainClaimRoutes } from './domains/claims.ts'
import { domainRoutes } from './domains/routes.ts'
import { messageChangeRoutes, messageRoutes } from './emails/message.ts'
import { searchRoutes } from './emails/search.ts'
import { viewRoutes } from './emails/views.ts'
import { explainRoutes } from './explain.ts'
import { exportRoutes } from './exports/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { logRoutes } from './logs.ts'
import { meRoutes } from './me/me.ts'
import { invitationRoutes } from './members/invitations.ts'
import { memberRoutes } from './members/members.ts'
import { overviewRoutes } from './overview.ts'
import { breakGlassRoutes } from './people/break-glass.ts'
import { linkRequestRoutes } from './people/link-requests.ts'
import { linkRoutes } from './people/links.ts'
import { singleSignOnRoutes } from './people/single-sign-on.ts'
import { programRoutes } from './programs.ts'
import { signInRoutes } from './sign-in.ts'
import { subaccountRoutes } from './subaccounts/routes.ts'
import { suppressionRoutes } from './suppressions.ts'
import { usageRoutes } from './usage.ts'

/** A plugin's routes stand under /api; each declares its scope. */
export type ConsoleRoutes = FastifyPluginAsyncTypebox<ConsoleDeps>

export const consoleRoutes: readonly ConsoleRoutes[] = [
  signInRoutes,
  linkRequestRoutes,
  linkRoutes,
  singleSignOnRoutes,
  meRoutes,
  programRoutes,
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
  memberRoutes,
  invitationRoutes,
  accountRoutes,
  subaccountRoutes,
  retentionRoutes,
  erasureRoutes,
  breakGlassRoutes,
  closingRoutes,
  auditRoutes,
  auditExportRoutes,
  exportRoutes,
]
