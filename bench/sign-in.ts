/**
 * How long signing in takes: the password (argon2id over 64 MiB, RFC 9106) and the session that vault signs, one after the
 * other and several people at once. What waits for its turn is measured too, since that is what people feel.
 *
 *     node bench/sign-in.ts [--rounds 40] [--at-once 1,8]
 */
import { parseArgs } from 'node:util'
import { startPeopleConsole } from '../test/console/people-console.ts'
import { password } from '../test/people/people-support.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    'at-once': { type: 'string', default: '1,8' },
  },
})
const rounds = Number(values.rounds)
const running = await startPeopleConsole()
const { email } = await running.owner()

const results = []
for (const atOnce of values['at-once'].split(',').map(Number)) {
  const took: number[] = []
  const begun = performance.now()
  for (let round = 0; round < rounds; round += atOnce) {
    took.push(...(await Promise.all(Array.from({ length: atOnce }, signIn))))
  }
  const seconds = (performance.now() - begun) / 1000
  took.sort((one, other) => one - other)
  const at = (share: number) => Math.round(took[Math.floor(took.length * share)] ?? 0)
  results.push({
    ...{ atOnce, p50: at(0.5), p95: at(0.95) },
    aSecond: Number((took.length / seconds).toFixed(1)),
  })
}
process.stdout.write(`${JSON.stringify({ rounds, unit: 'ms', results }, null, 2)}\n`)
await running.close()

/** With the right password, as far as the question for the second factor. */
async function signIn(): Promise<number> {
  const browser = running.browser()
  const start = performance.now()
  const { status, body } = await browser.signIn({ email, password })
  const ms = performance.now() - start
  if (status === 200 && body.outcome === 'factor_needed') return ms
  throw new Error(`signing in answered ${status}: ${JSON.stringify(body)}`)
}
