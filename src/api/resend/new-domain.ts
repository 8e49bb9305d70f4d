/** A domain to be added, as the Resend dialect writes it. */
import { type Static, Type } from 'typebox'
import type { NewDomain as Wanted } from '../../core/domains/add-domain.ts'
import { Refusal } from '../../lib/refusal.ts'

const regions = ['us-east-1', 'eu-west-1', 'sa-east-1', 'ap-northeast-1'] as const
const returnPath = 'send'

const Switch = Type.Optional(
  Type.Union([Type.Boolean(), Type.Null()], { description: 'true or false' }),
)
const Capability = Type.Optional(
  Type.Union([Type.Literal('enabled'), Type.Literal('disabled')], {
    description: '`enabled` or `disabled`',
  }),
)

export const NewDomain = Type.Object(
  {
    name: Type.String({ maxLength: 1_000, description: 'a domain name such as example.com' }),
    region: Type.Optional(
      Type.Union([...regions.map((region) => Type.Literal(region)), Type.Null()], {
        description: `one of ${regions.join(', ')}`,
      }),
    ),
    custom_return_path: Type.Optional(
      Type.Union([Type.Literal(returnPath), Type.Null()], {
        description: `\`${returnPath}\`: this version supports no other label yet`,
      }),
    ),
    open_tracking: Switch,
    click_tracking: Switch,
    tracking_subdomain: Type.Optional(Type.Unknown()),
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
  },
  { description: 'a JSON object' },
)

/** What this version cannot keep is refused: a domain that seems to track or to enforce TLS would mislead its owner. */
export function readNewDomain(body: Static<typeof NewDomain>): Wanted {
  const { capabilities } = body
  const unkept: [field: string, isWanted: boolean][] = [
    ['open_tracking', body.open_tracking === true],
    ['click_tracking', body.click_tracking === true],
    ['tracking_subdomain', (body.tracking_subdomain ?? null) !== null],
    ['tls', body.tls === 'enforced'],
    ['capabilities.receiving', capabilities?.receiving === 'enabled'],
    ['capabilities.sending', capabilities?.sending === 'disabled'],
  ]
  const field = unkept.find(([, isWanted]) => isWanted)?.[0]
  if (field !== undefined) {
    throw new Refusal(
      'invalid_parameter',
      `The value of the \`${field}\` field is not supported by this version yet; leave it out.`,
    )
  }
  return { name: body.name, region: body.region ?? regions[0], returnPath }
}
