/**
 * Builds the dashboard and looks for secrets in what came out; a bundle that holds one is thrown away. Run by
 * scripts/install.mjs on the pinned Node. `--out FOLDER` builds elsewhere, `--mode gallery` the page of all components,
 * `--from FOLDER` other sources.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'vite'
import { environmentSecrets } from '../src/config/environment-secrets.ts'
import { checkBundle } from '../src/core/bundle/check-bundle.ts'
import { readBundle } from '../src/core/bundle/read-bundle.ts'

const checkout = dirname(dirname(fileURLToPath(import.meta.url)))
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: join(checkout, 'dashboard') },
    out: { type: 'string' },
    mode: { type: 'string', default: 'production' },
  },
})
const out = resolve(values.out ?? join(values.from, 'dist'))
// Beside the old one until it has been looked at, so that no request meets half a bundle.
const fresh = `${out}.new`

await build({
  configFile: join(resolve(values.from), 'vite.config.ts'),
  mode: values.mode,
  logLevel: 'error',
  build: { outDir: fresh, emptyOutDir: true },
})
const found = checkBundle(readBundle(fresh), environmentSecrets())
if (found.length > 0) {
  for (const { file, offset, kind, hidden } of found) {
    console.error(`${file}:${offset}: ${kind}${hidden ? ` (${hidden})` : ''}`)
  }
  console.error(
    'The dashboard was not built: every visitor could read the above. Take it out of the sources.',
  )
  rmSync(fresh, { recursive: true })
  process.exit(1)
}
mkdirSync(dirname(out), { recursive: true })
rmSync(out, { recursive: true, force: true })
renameSync(fresh, out)
