/** Whether a request comes from the browser whose key it names: that key never leaves it. */
import type { FastifyRequest } from 'fastify'
import { checkBrowserProof, type ProofFlaw, type ReplayMemory } from '../lib/browser-proof.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came; empty where there is none. */
    rawBody: Buffer
  }
}

/** Undefined when the proof holds. Ask it when the body has been read. */
export function browserFlaw(
  request: Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'rawBody'>,
  { publicKey, nowMs, replays }: { publicKey: string; nowMs: number; replays: ReplayMemory },
): ProofFlaw | undefined {
  const header = request.headers['postern-proof']
  if (typeof header !== 'string') return 'malformed'
  const { method, url: target, rawBody: body } = request
  const verdict = checkBrowserProof(header, { method, target, body }, { publicKey, nowMs })
  if (verdict !== true) return verdict
  const admitted = replays.admit(header, nowMs)
  return admitted === true ? undefined : admitted
}

/** For who is not signed in yet: the key a session is to be bound to must be the browser's own. */
export function demandBrowser(
  request: FastifyRequest,
  of: { publicKey: string; clock: Clock; signedIn: { replays: ReplayMemory } },
): void {
  const { publicKey, clock, signedIn } = of
  const flaw = browserFlaw(request, { publicKey, nowMs: clock.now(), replays: signedIn.replays })
  if (flaw === undefined) return
  const fix =
    flaw === 'stale'
      ? 'The clock of this device is more than a minute wrong; set it and try again.'
      : 'Load the page again, and try once more.'
  throw new Refusal('not_permitted', `The request is not signed by the key of this browser. ${fix}`)
}
