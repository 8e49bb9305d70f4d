/** One order at an ACME authority (RFC 8555 §7.1), from the account to the chain it issues. */
import type { Authorization, Client } from 'acme-client'
import { OrderFault } from '../core/certificates/order-failure.ts'
import { DatabaseFailure } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'
import type { AcmeLibrary } from './acme-library.ts'
import { AcmeTransport, type TransportDeps } from './acme-transport.ts'

export interface Challenge {
  token: string
  keyAuthorisation: string
}

export interface OrderDeps extends TransportDeps {
  library: AcmeLibrary
  directory: string
  email: string | null
  /** PEM, of the account at the authority. */
  accountKey: () => string
  /** Makes it answer under the name before the authority looks. */
  publish: (challenge: Challenge) => Promise<void>
}

export interface Ordered {
  hostname: string
  /** PEM (RFC 2986). */
  request: string
}

/** Of one wait for the authority to look or to issue: together some three minutes. */
const waits = { backoffAttempts: 20, backoffMin: 500, backoffMax: 10_000 }
/** As it may stand in a path, and in the database. */
const tokenForm = /^[A-Za-z0-9_-]{1,128}$/

/** Answers the chain as the authority gave it. Throws OrderFault, or what `publish` throws of the database. */
export async function orderCertificate(ordered: Ordered, deps: OrderDeps): Promise<string> {
  const transport = new AcmeTransport(deps)
  const { Client, axios } = deps.library.client
  axios.defaults.adapter = transport.send
  try {
    const accountKey = deps.accountKey()
    const client = new Client({ directoryUrl: deps.directory, accountKey, ...waits })
    return await untilAborted(walk(client, ordered, deps), deps.signal)
  } catch (error) {
    if (error instanceof DatabaseFailure || error instanceof Refusal) throw error
    const { problem, toldMs } = transport
    // What the authority said last tells more than what the client made of it.
    if (problem !== undefined) throw new OrderFault(problem, { cause: error, toldMs })
    throw error instanceof OrderFault ? error : new OrderFault('authority_fault', { cause: error })
  }
}

async function walk(
  client: Client,
  { hostname, request }: Ordered,
  { email, publish }: OrderDeps,
): Promise<string> {
  await client.createAccount({
    termsOfServiceAgreed: true,
    ...(email !== null && { contact: [`mailto:${email}`] }),
  })
  const order = await client.createOrder({ identifiers: [{ type: 'dns', value: hostname }] })
  for (const authorization of await client.getAuthorizations(order)) {
    if (authorization.status !== 'valid') await prove(client, authorization, publish)
  }
  return client.getCertificate(await client.finalizeOrder(order, request))
}

/** HTTP-01 (RFC 8555 §8.3). */
async function prove(
  client: Client,
  authorization: Authorization,
  publish: OrderDeps['publish'],
): Promise<void> {
  const challenge = authorization.challenges.find(({ type }) => type === 'http-01')
  if (!challenge) throw new OrderFault('no_http_challenge')
  const { token } = challenge
  if (!tokenForm.test(token)) throw new OrderFault('authority_fault')
  await publish({ token, keyAuthorisation: await client.getChallengeKeyAuthorization(challenge) })
  await client.completeChallenge(challenge)
  await client.waitForValidStatus(authorization)
}

/** The client's own waits cannot be ended; what comes of them then is nobody's. */
function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new OrderFault('timeout'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
