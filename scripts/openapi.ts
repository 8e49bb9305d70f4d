/** Writes docs/openapi/resend.json from the routes of the running door, and docs/errors.md from its table of errors. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { ApiDeps } from '../src/api/deps.ts'
import { errorsPage } from '../src/api/reference/errors-doc.ts'
import { buildServer } from '../src/api/server.ts'
import { systemClock } from '../src/lib/clock.ts'

const folder = new URL('../docs/openapi/', import.meta.url)
mkdirSync(folder, { recursive: true })
// The document is made of what the routes say of themselves; no request reaches what they would need.
const app = await buildServer({ clock: systemClock } as ApiDeps)
const { body } = await app.inject('/openapi.json')
await app.close()
writeFileSync(new URL('resend.json', folder), body)
writeFileSync(new URL('../docs/errors.md', import.meta.url), errorsPage())
