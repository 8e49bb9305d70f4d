/** Real builds of the dashboard, in folders of their own. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const checkout = resolve(import.meta.dirname, '../../..')
const buildMs = 300_000

export interface Build {
  code: number | null
  stderr: string
}

export function buildDashboard(
  args: { out: string; mode?: 'production' | 'gallery'; from?: string },
  environment: Record<string, string> = {},
): Build {
  const options = Object.entries(args).flatMap(([name, value]) => [`--${name}`, value])
  const { status, stderr } = spawnSync(
    process.execPath,
    ['scripts/build-dashboard.mjs', ...options],
    {
      cwd: checkout,
      encoding: 'utf8',
      timeout: buildMs,
      // Vite takes NODE_ENV for itself, and node:test has set its own.
      env: { PATH: process.env.PATH, ...environment },
    },
  )
  return { code: status, stderr }
}
