/** `postern version` */
import { parseArgs } from 'node:util'
import { readVersion } from '../config/version.ts'

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } })
  const version = readVersion()
  const node = process.versions.node
  process.stdout.write(
    values.json ? `${JSON.stringify({ version, node })}\n` : `postern ${version} (Node ${node})\n`,
  )
  return 0
}
