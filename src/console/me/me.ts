/** What a person changes about themself: /api/me. Who asks is their session; nobody else can be named. */
import type { ConsoleRoutes } from '../routes.ts'
import { addressRoutes } from './address.ts'
import { factorRoutes } from './factors.ts'
import { identityRoutes } from './identities.ts'
import { passkeyRoutes } from './passkeys.ts'
import { profileRoutes } from './profile.ts'
import { ownSessionRoutes } from './sessions.ts'

export const meRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(profileRoutes, deps)
  await app.register(addressRoutes, deps)
  await app.register(factorRoutes, deps)
  await app.register(passkeyRoutes, deps)
  await app.register(identityRoutes, deps)
  await app.register(ownSessionRoutes, deps)
}
