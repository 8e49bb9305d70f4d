/** A domain to be added or changed, as the Resend dialect writes it. */
import { type Static, Type } from 'typebox'
import { regions, type NewDomain as Wanted } from '../../core/domains/add-domain.ts'
import type { DomainChange } from '../../core/domains/change-domain.ts'
import { returnPathLabel } from '../../core/domains/check-domain.ts'
import { Refusal } from '../../lib/refusal.ts'

const Switch = (what: string) =>
  Type.Optional(
    Type.Union([Type.Boolean(), Type.Null()], { description: `true or false: ${what}` }),
  )
const Capability = Type.Optional(
  Type.Union([Type.Literal('enabled'), Type.Literal('disabled')], {
    description: '`enabled` or `disabled`',
  }),
)

/** What can be set when a domain is added and changed later. */
const settings = {
  open_tracking: Switch('this version does not track, so true is refused'),
  click_tracking: Switch('this version does not track, so true is refused'),
  tracking_subdomain: Type.Optional(
    Type.Unknown({ description: 'empty: this version does not track' }),
  ),
  tls: Type.Optional(
    Type.Union([Type.Literal('opportunistic'), Type.Literal('enforced'), Type.Null()], {
      description: '`opportunistic` or `enforced`',
    }),
  ),
  capabilities: Type.Optional(
    Type.Union([Type.Object({ sending: Capability, receiving: Capability }), Type.Null()], {
      description: 'an object with `sending` and `receiving`, each `enabled` or `disabled`',
    }),
  ),
  ed25519: Switch('whether an Ed25519 key signs beside the RSA one (RFC 8463)'),
}

export const NewDomain = Type.Object(
  {
    name: Type.String({ maxLength: 1_000, description: 'a domain name such as example.com' }),
    region: Type.Optional(
      Type.Union([...regions.map((region) => Type.Literal(region)), Type.Null()], {
        description: `one of ${regions.join(', ')}`,
      }),
    ),
    custom_return_path: Type.Optional(
      Type.Union([Type.String({ maxLength: 100 }), Type.Null()], {
        description: `one label under the domain, such as \`${returnPathLabel}\``,
      }),
    ),
    ...settings,
  },
  { description: 'a JSON object', examples: [{ name: 'mail.example.org' }] },
)

export const ChangedDomain = Type.Object(settings, {
  description: 'a JSON object',
  examples: [{ tls: 'enforced' }],
})

export function readNewDomain(body: Static<typeof NewDomain>): Wanted {
  refuseUnkept(body)
  return {
    name: body.name,
    region: body.region ?? regions[0],
    returnPath: body.custom_return_path ?? returnPathLabel,
    tls: body.tls ?? 'opportunistic',
    ed25519: body.ed25519 ?? false,
  }
}

export function readDomainChange(body: Static<typeof ChangedDomain>): DomainChange {
  refuseUnkept(body)
  const { tls, ed25519 } = body
  return {
    ...(tls !== undefined && tls !== null && { tls }),
    ...(ed25519 !== undefined && ed25519 !== null && { ed25519 }),
  }
}

/** What this version cannot keep is refused: a domain that seems to track would mislead its owner. */
function refuseUnkept({
  open_tracking: opens,
  click_tracking: clicks,
  tracking_subdomain: subdomain,
  capabilities,
}: Static<typeof ChangedDomain>): void {
  const tracking = 'Opens and clicks are not tracked by this version'
  const unkept: [field: string, isWanted: boolean, why: string][] = [
    ['open_tracking', opens === true, tracking],
    ['click_tracking', clicks === true, tracking],
    ['tracking_subdomain', (subdomain ?? '') !== '', tracking],
    [
      'capabilities.receiving',
      capabilities?.receiving === 'enabled',
      'Mail is not received by this version',
    ],
    [
      'capabilities.sending',
      capabilities?.sending === 'disabled',
      'A domain is for sending; delete it to end that',
    ],
  ]
  const found = unkept.find(([, isWanted]) => isWanted)
  if (!found) return
  const [field, , why] = found
  throw new Refusal('invalid_parameter', `${why}: leave the \`${field}\` field out.`)
}
