/**
 * Writes docs/openapi/resend.json and docs/openapi/console.json from the routes of both doors, and docs/errors.md from
 * the table of errors.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { ApiDeps } from '../src/api/deps.ts'
import { errorsPage } from '../src/api/reference/errors-doc.ts'
import { buildServer } from '../src/api/server.ts'
import { readVersion } from '../src/config/version.ts'
import { describeConsole } from '../src/console/openapi.ts'
import { systemClock } from '../src/lib/clock.ts'

const folder = new URL('../docs/openapi/', import.meta.url)
mkdirSync(folder, { recursive: true })
// The document is made of what the routes say of themselves; no request reaches what they would need.
const app = await buildServer({ clock: systemClock } as ApiDeps)
const { body } = await app.inject('/openapi.json')
await app.close()
writeFileSync(new URL('resend.json', folder), body)
const ofConsole = await describeConsole(readVersion())
writeFileSync(new URL('console.json', folder), `${JSON.stringify(ofConsole, null, 2)}\n`)
writeFileSync(new URL('../docs/errors.md', import.meta.url), errorsPage())
