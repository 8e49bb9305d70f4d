/** Starts the baseline B: Postfix with OpenDKIM, tuned for few cores (postfix.sh). */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { accountOf, inCgroup, makeCgroup, removeCgroup } from './accounts.ts'
import type { Contender } from './measure.ts'

export const baselineName = 'B: postfix + opendkim'

export interface Started {
  contenders: Contender[]
  stop(): Promise<void>
}

const script = join(import.meta.dirname, 'postfix.sh')

export function startPostfix(options: {
  folder: string
  smtpPort: number
  sinkPort: number
}): Started {
  const { folder, smtpPort, sinkPort } = options
  mkdirSync(folder, { recursive: true })
  const cgroup = makeCgroup('postfix')
  const run = (action: string, group: string | undefined) => {
    const [command, ...args] = inCgroup(group, [script, action, folder])
    return execFileSync(command, args, {
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        SMTP_PORT: String(smtpPort),
        SINK_PORT: String(sinkPort),
      },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 60_000,
    })
  }
  const pids = run('start', cgroup).trim().split(',').map(Number)
  const account = accountOf(cgroup, () => pids)
  return {
    contenders: [
      { name: baselineName, target: { kind: 'smtp', port: smtpPort }, connections: 20, account },
    ],
    async stop() {
      run('stop', undefined)
      removeCgroup(cgroup)
    },
  }
}
