/**
 * The simulated recipients: addresses at the sandbox domain that behave in one known way, so that a
 * program can be tried against each outcome. Every local part may carry a `+label`.
 */
export const sandboxDomain = 'postern.localhost'

export type Simulation =
  | { kind: 'accept'; reply: string }
  | { kind: 'complain'; reply: string }
  | { kind: 'slow'; reply: string }
  | { kind: 'refuse'; reply: string }

const accepted: Simulation = { kind: 'accept', reply: '250 2.1.5 Recipient accepted' }

const simulations = new Map<string, Simulation>([
  ['delivered', { kind: 'accept', reply: '250 2.1.5 Recipient accepted (simulated delivery)' }],
  // The message is kept and marked; no report goes anywhere.
  ['complained', { kind: 'complain', reply: '250 2.1.5 Recipient accepted (simulated complaint)' }],
  ['slow', { kind: 'slow', reply: '250 2.1.5 Recipient accepted late (simulated slow mail host)' }],
  ['bounced', { kind: 'refuse', reply: '550 5.1.1 No such mailbox (simulated bounce)' }],
  [
    'deferred',
    { kind: 'refuse', reply: '451 4.3.0 Try again later (simulated deferral, at every attempt)' },
  ],
])

export function isComplaining(address: string): boolean {
  return simulationFor(address).kind === 'complain'
}

/** Any other recipient, at the sandbox domain or elsewhere, is simply accepted. */
export function simulationFor(address: string): Simulation {
  const at = address.lastIndexOf('@')
  if (address.slice(at + 1).toLowerCase() !== sandboxDomain) return accepted
  const [name = ''] = address.slice(0, at).toLowerCase().split('+', 1)
  return simulations.get(name) ?? accepted
}
