import { faultOf, useChange } from '../../api/queries.ts'
import type { ChangeDomainBody } from '../../api/types.ts'
import { Checkbox } from '../../ui/field.tsx'
import { Card, DefinitionList } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { type Domain, domainPath } from './domain-query.ts'

export function DomainSettings({ domain, mayChange }: { domain: Domain; mayChange: boolean }) {
  const change = useChange<ChangeDomainBody>(
    (body) => ({ method: 'PATCH', path: domainPath(domain.id), body }),
    [domainPath(domain.id)],
  )
  const fault = faultOf(change.error)
  return (
    <Card title="How its mail is sent">
      <div className="grid gap-5">
        <DefinitionList
          entries={[
            [
              'Bounces return to',
              <code key="path" className="font-mono text-[0.8125rem] break-all">
                {domain.return_path}
              </code>,
            ],
            ['Added', <Time key="added" at={domain.created_at} isAbsolute />],
          ]}
        />
        <Checkbox
          label="Never send without TLS"
          hint="Mail to hosts that offer none is given up instead of being sent in the open."
          checked={domain.tls === 'enforced'}
          disabled={!mayChange || change.isPending}
          onChange={(event) =>
            change.mutate({ tls: event.target.checked ? 'enforced' : 'opportunistic' })
          }
        />
        <Checkbox
          label="Sign with Ed25519 as well"
          hint="A second key beside the RSA one (RFC 8463). Its record appears above; publish it before you rely on it."
          checked={domain.ed25519}
          disabled={!mayChange || change.isPending}
          onChange={(event) => change.mutate({ ed25519: event.target.checked })}
        />
        {fault && (
          <p role="alert" className="text-bad">
            {fault}
          </p>
        )}
      </div>
    </Card>
  )
}
